namespace LoraCluster.Reports.Charts;

/// <summary>A figure as data: lines over numbers, or groups of bars over named categories.</summary>
/// <param name="Id">Name of its file, lower-case words with dashes.</param>
/// <param name="Title">For people.</param>
/// <param name="XLabel">What the horizontal axis counts; empty: nothing to say.</param>
/// <param name="YLabel">What the vertical axis measures, with its unit.</param>
/// <param name="Series">What is compared.</param>
/// <param name="Categories">Names under the groups of bars; null: lines.</param>
internal sealed record Chart(
    string Id, string Title, string XLabel, string YLabel, IReadOnlyList<ChartSeries> Series, IReadOnlyList<string>? Categories = null)
{
    /// <summary>A remark under the figure; empty: none.</summary>
    public string Note { get; init; } = "";
}

/// <summary>One line, or the bars of one color.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="X">Positions; of bars, the indices of their categories.</param>
/// <param name="Y">Values, as many, all finite.</param>
internal sealed record ChartSeries(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>Quartiles around each value, or null.</summary>
    public IReadOnlyList<(double Low, double High)>? Spread { get; init; }
}
