using System.Text.RegularExpressions;
using LoraCluster.Adapters;

namespace LoraCluster.Tests.Unit.Adapters;

/// <summary>The answers are those of Python's re; null: it refuses the pattern.</summary>
public sealed class PythonRegexTests
{
    private const string Name = "bert.encoder.layer.10.attention.self.query";

    [Theory]
    [InlineData(".*query", true)]
    [InlineData("(?P<a>.*)\\.(?P<b>query|value)", true)]
    [InlineData("(?P<l>.)(?P=l).*", false)]
    [InlineData(".*\\.(e)n\\1?coder.*query", true)]
    [InlineData(".*query\\Z", true)]
    [InlineData(".*query\\z", null)]
    [InlineData(".*[0-9]{,2}\\..*query", true)]
    [InlineData(".*\\.[0-9]{3,}\\..*", false)]
    [InlineData(".*layer\\.[0-9]{,}\\..*", true)]
    [InlineData("[a-z.]*[0-9]++[a-z.]*+", true)]
    [InlineData(".*+query", false)]
    [InlineData("(?>.*\\.)query", true)]
    [InlineData("(?x) .* \\. query  # the (query", true)]
    [InlineData("(?x) .* [ .] query", true)]
    [InlineData("(?i)BERT.*QUERY", true)]
    [InlineData("(?i:BERT).*query", true)]
    [InlineData(".*(?i)QUERY", null)]
    [InlineData("(?a).*query", true)]
    [InlineData("(?L).*query", null)]
    [InlineData("(?s-i:.*)query", true)]
    [InlineData("[a-z-[aeiou]]+.*", false)]
    [InlineData("[][.0-9a-z]+", true)]
    [InlineData("[^]]+", true)]
    [InlineData(".*[\\w.]query", true)]
    [InlineData(".*\\_query", false)]
    [InlineData(".*\\query", null)]
    [InlineData(".*\\x71uery", true)]
    [InlineData(".*\\161uery", true)]
    [InlineData(".*\\u0071uery", true)]
    [InlineData(".*\\U00000071uery", true)]
    [InlineData(".*\\Uffffffffquery", null)]
    [InlineData("\\p{L}+.*", null)]
    [InlineData("(?<n>.*)query", null)]
    [InlineData("(?'n'.*)query", null)]
    [InlineData("(?P<n>.*)(?P<n>query)", null)]
    [InlineData("(?P=n)query", null)]
    [InlineData("(b)?ert.*|(b)(?(2)ert|x).*query", true)]
    [InlineData("(b)(?(1)ert|x).*query", true)]
    [InlineData(".*query|value", true)]
    [InlineData("value|query", false)]
    [InlineData(".*(?#a comment)query", true)]
    [InlineData("*query", null)]
    [InlineData(".**query", null)]
    [InlineData("(.*query", null)]
    [InlineData(".*query)", null)]
    [InlineData("[a-", null)]
    [InlineData(".*{2}query", null)]
    [InlineData(".*quer{1}y", true)]
    [InlineData(".*{query", false)]
    [InlineData("^bert.*query$", true)]
    [InlineData(".*\\bquery\\b", true)]
    [InlineData(".*(?<=self\\.)query", true)]
    [InlineData(".*(?<!self\\.)query", false)]
    [InlineData("(?!.*\\.1\\d\\.).*query", false)]
    [InlineData("\\G.*query", null)]
    [InlineData(".*\\.\\d+\\..*", true)]
    [InlineData("", false)]
    [InlineData(".*[z-a]", null)]
    [InlineData(".*[\\d-z]query", null)]
    [InlineData("bert.*query\\", null)]
    [InlineData("(?-i).*", null)]
    [InlineData("(?i-s).*", null)]
    [InlineData(".*(?:)*query", true)]
    [InlineData(".*\\8query", null)]
    [InlineData(".*(?=q)*query", true)]
    [InlineData("^*bert.*", null)]
    public void Takes_a_whole_name_as_re_fullmatch(string pattern, bool? takes) => Check(PythonRegex.Whole, pattern, takes);

    [Theory]
    [InlineData("query", true)]
    [InlineData("^query", false)]
    [InlineData("bert.*query", true)]
    [InlineData("uery", false)]
    [InlineData("(?P<a>1.)\\..*query", true)]
    [InlineData("(a).*\\3.*query", false)]
    [InlineData("(?i)QUERY", null)]
    [InlineData("(e)..\\3\\w", false)]
    [InlineData("query$", true)]
    [InlineData("query\\Z", true)]
    [InlineData(".*\\.1\\..*", false)]
    [InlineData("encoder.layer.10.attention.self.query", true)]
    [InlineData("value|query", true)]
    public void Takes_an_ending_as_a_key_of_a_pattern(string key, bool? takes) => Check(PythonRegex.Ending, key, takes);

    [Theory]
    [InlineData("layer", "10")]
    [InlineData("la[xy]er", "10")]
    [InlineData("encoder.layer", "10")]
    [InlineData("layers", "")]
    public void Finds_the_number_of_a_layer(string list, string number) =>
        Assert.Equal(number, PythonRegex.LayerNumber(list).Match(Name).Groups[1].Value);

    [Fact]
    public void A_list_of_layers_with_a_group_is_refused() => Assert.Throws<ArgumentException>(() => PythonRegex.LayerNumber("(layer)"));

    private static void Check(Func<string, Regex> compile, string pattern, bool? takes)
    {
        if (takes is null) Assert.ThrowsAny<ArgumentException>(() => compile(pattern));
        else Assert.Equal(takes, compile(pattern).IsMatch(Name));
    }
}
