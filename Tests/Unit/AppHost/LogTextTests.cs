using Aspire.Hosting.ApplicationModel;
using LoraCluster.AppHost;

namespace LoraCluster.Tests.Unit.AppHost;

public sealed class LogTextTests
{
    [Theory]
    [InlineData("2026-11-25T06:57:41.8686377Z step 3", "step 3")]
    [InlineData("2026-11-25T06:57:41Z", "")]
    [InlineData("step 3 at 2026-11-25T06:57:41Z", "step 3 at 2026-11-25T06:57:41Z")]
    [InlineData("AVeryLongFirstWordThatEndsInZ and more", "AVeryLongFirstWordThatEndsInZ and more")]
    [InlineData("", "")]
    public void The_time_in_front_is_taken_off(string content, string text) =>
        Assert.Equal(text, LogText.Of(new LogLine(1, content, false)));

    [Theory]
    [InlineData("[sys] Starting process...", true)]
    [InlineData("Waiting for resource 'silo-1' to become healthy.", true)]
    [InlineData("waiting for resources of the mind", false)]
    public void Notes_of_the_orchestrator_are_told_apart(string text, bool note) => Assert.Equal(note, LogText.IsNote(text));
}
