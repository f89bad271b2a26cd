using LoraCluster.Hub;

namespace LoraCluster.Tests.Unit.Hub;

public sealed class HubReferenceTests
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    [Theory]
    [InlineData("distilbert-base-uncased", "distilbert-base-uncased", "main")]
    [InlineData("sentence-transformers/all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2", "main")]
    [InlineData("a/b_c.d@v1.0", "a/b_c.d", "v1.0")]
    [InlineData("a/b@refs/pr/12", "a/b", "refs/pr/12")]
    [InlineData("a/b@" + Commit, "a/b", Commit)]
    public void A_model_s_name_is_read(string text, string repository, string revision)
    {
        Assert.True(HubReference.TryParse(text, HubKind.Model, out HubReference? reference, out _));
        Assert.Equal((repository, revision, null), (reference.Repository, reference.Revision, reference.Subset));
        Assert.Equal(revision == Commit, reference.IsPinned);
        Assert.Equal(text, reference.ToString());
    }

    [Theory]
    [InlineData("nyu-mll/glue:sst2", "nyu-mll/glue", "main", "sst2", "nyu-mll/glue:sst2")]
    [InlineData("nyu-mll/glue@x:sst2", "nyu-mll/glue", "x", "sst2", "nyu-mll/glue@x:sst2")]
    [InlineData("nyu-mll/glue:sst2@x", "nyu-mll/glue", "x", "sst2", "nyu-mll/glue@x:sst2")]
    [InlineData("glue/sst2", "nyu-mll/glue", "main", "sst2", "nyu-mll/glue:sst2")]
    [InlineData("glue/sst2@x", "nyu-mll/glue", "x", "sst2", "nyu-mll/glue@x:sst2")]
    [InlineData("imdb", "imdb", "main", null, "imdb")]
    [InlineData("wikimedia/wikipedia:20231101.en", "wikimedia/wikipedia", "main", "20231101.en", "wikimedia/wikipedia:20231101.en")]
    public void A_data_set_s_name_is_read(string text, string repository, string revision, string? subset, string written)
    {
        Assert.True(HubReference.TryParse(text, HubKind.Dataset, out HubReference? reference, out _));
        Assert.Equal((repository, revision, subset), (reference.Repository, reference.Revision, reference.Subset));
        Assert.Equal(written, reference.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b/c")]
    [InlineData("../b")]
    [InlineData("a/..")]
    [InlineData("./folder")]
    [InlineData("/absolute")]
    [InlineData("a b")]
    [InlineData("a\\b")]
    [InlineData("a--b")]
    [InlineData("-a")]
    [InlineData("a/b.git")]
    [InlineData("a/b?x=1")]
    [InlineData("größe")]
    [InlineData("a/b\n")]
    public void What_is_no_name_is_refused_with_what_is_allowed(string text)
    {
        Assert.False(HubReference.TryParse(text, HubKind.Model, out _, out string? fault));
        Assert.Equal($"'{text}' is no name at the hub; allowed is name or owner/name of letters, digits, '-', '_' and '.'", fault);
    }

    [Theory]
    [InlineData("a/b@", HubKind.Model, "has the revision ''")]
    [InlineData("a/b@../c", HubKind.Model, "has the revision '../c'")]
    [InlineData("a/b@x y", HubKind.Model, "has the revision 'x y'")]
    [InlineData("a/b@/x", HubKind.Model, "has the revision '/x'")]
    [InlineData("a/b:sst2", HubKind.Model, "a model has none")]
    [InlineData("a/b:", HubKind.Dataset, "has the subset ''")]
    [InlineData("a/b:..", HubKind.Dataset, "has the subset '..'")]
    [InlineData("a/b:x/y", HubKind.Dataset, "has the subset 'x/y'")]
    [InlineData("a/b@x@y", HubKind.Dataset, "is no name at the hub")]
    public void A_bad_revision_or_subset_is_named(string text, HubKind kind, string expected)
    {
        Assert.False(HubReference.TryParse(text, kind, out _, out string? fault));
        Assert.Contains(expected, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_revision_may_stand_beside_the_name_but_not_against_it()
    {
        Assert.Equal("v2", HubReference.Parse("a/b", HubKind.Model, "v2").Revision);
        Assert.Equal("v2", HubReference.Parse("a/b@v2", HubKind.Model, "v2").Revision);
        Assert.Contains("allowed is one of them",
            Assert.Throws<UserErrorException>(() => HubReference.Parse("a/b@v1", HubKind.Model, "v2")).Message, StringComparison.Ordinal);
        Assert.Contains("revision is '..'",
            Assert.Throws<UserErrorException>(() => HubReference.Parse("a/b", HubKind.Model, "..")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/home/u/.cache/huggingface/hub/models--a--b/snapshots/" + Commit, "a/b")]
    [InlineData("/c/models--distilbert-base-uncased/snapshots/" + Commit + "/", "distilbert-base-uncased")]
    [InlineData("/c/datasets--nyu-mll--glue/snapshots/" + Commit + "/sst2", "nyu-mll/glue")]
    [InlineData("a/b@" + Commit, "a/b")]
    [InlineData("/home/u/model", null)]
    [InlineData("a/b", null)]
    public void A_folder_of_the_cache_is_known_by_its_repository_s_name(string path, string? name) =>
        Assert.Equal(name, HubSnapshot.NameOf(path));
}
