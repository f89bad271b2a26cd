using System.Net;
using System.Text;
using LoraCluster.Reports.Words;
using ScottPlot;

namespace LoraCluster.Reports.Charts;

/// <summary>
/// A chart as SVG. ScottPlot draws lines, bars and grid; the texts are put over them as text, in the font of the page: so they can be
/// read aloud, follow its colors, and are there on a machine without fonts.
/// </summary>
internal static class SvgFigure
{
    private const int Left = 74, Right = 14, Bottom = 46, LegendRow = 18, Top = 10;
    private const double CharacterWidth = 6.6;

    public static string Of(Chart chart)
    {
        Plot plot = Drawing.Of(chart);
        bool legend = chart.Series.Count > 1 || chart.Categories is null;
        int top = Top + (legend ? LegendRow * chart.Series.Count : 0);
        int height = Drawing.Height + top - Top;
        plot.Layout.Fixed(new PixelPadding(Left, Right, Bottom, top));
        plot.Axes.Bottom.TickLabelStyle.IsVisible = plot.Axes.Left.TickLabelStyle.IsVisible = false;
        string drawn = plot.GetSvgXml(Drawing.Width, height);
        var svg = new StringBuilder();
        svg.Append(Figures.Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "))
            .Append(Figures.Invariant($"viewBox=\"0 0 {Drawing.Width} {height}\" role=\"img\" aria-label=\"{Text(chart.Title)}\" "))
            .Append("font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"currentColor\">")
            .Append(Body(drawn, chart.Id));
        if (legend) AddLegend(svg, chart);
        AddTicks(svg, plot, height);
        AddLabels(svg, chart, top, height);
        if (chart.Categories is not null) AddValues(svg, chart, plot);
        return svg.Append("</svg>").ToString();
    }

    /// <summary>What ScottPlot drew, in the page's colors, with ids that no other figure of the page has.</summary>
    private static string Body(string drawn, string id)
    {
        int open = drawn.IndexOf("<svg", StringComparison.Ordinal);
        int start = drawn.IndexOf('>', open) + 1, end = drawn.LastIndexOf("</svg>", StringComparison.Ordinal);
        return drawn[start..end]
            .Replace(Drawing.TextColor.ToHex()[..7], "currentColor", StringComparison.OrdinalIgnoreCase)
            .Replace("id=\"", $"id=\"{id}-", StringComparison.Ordinal)
            .Replace("url(#", $"url(#{id}-", StringComparison.Ordinal)
            .Replace("href=\"#", $"href=\"#{id}-", StringComparison.Ordinal);
    }

    private static void AddLegend(StringBuilder svg, Chart chart)
    {
        for (int s = 0; s < chart.Series.Count; s++)
        {
            int y = Top + (LegendRow * s) + 4;
            string color = Drawing.ColorOf(s), dashes = Drawing.DashesOf(s);
            svg.Append(chart.Categories is null
                ? Figures.Invariant($"<path d=\"M{Left} {y}h26\" stroke=\"{color}\" stroke-width=\"2.5\" stroke-dasharray=\"{dashes}\"/>")
                : Figures.Invariant($"<rect x=\"{Left}\" y=\"{y - 6}\" width=\"26\" height=\"12\" fill=\"{color}\"/>"));
            svg.Append(Figures.Invariant($"<text x=\"{Left + 33}\" y=\"{y + 4}\">{Text(chart.Series[s].Name)}</text>"));
        }
    }

    private static void AddTicks(StringBuilder svg, Plot plot, int height)
    {
        (AxisLimits limits, int room) = (plot.Axes.GetLimits(), (Drawing.Width - Left - Right));
        Tick[] below = [.. plot.Axes.Bottom.TickGenerator.Ticks.Where(t => t.IsMajor && limits.XRange.Contains(t.Position))];
        int fits = (int)(room / Math.Max(1, below.Length) / CharacterWidth);
        foreach (Tick tick in below)
        {
            double x = plot.GetPixel(new Coordinates(tick.Position, limits.Bottom)).X;
            string label = tick.Label.Length <= fits ? tick.Label : tick.Label[..Math.Max(1, fits - 1)] + "…";
            svg.Append(Figures.Invariant($"<text x=\"{x:0.#}\" y=\"{height - Bottom + 17}\" text-anchor=\"middle\">{Text(label)}</text>"));
        }
        foreach (Tick tick in plot.Axes.Left.TickGenerator.Ticks.Where(t => t.IsMajor && limits.YRange.Contains(t.Position)))
        {
            double y = plot.GetPixel(new Coordinates(limits.Left, tick.Position)).Y;
            svg.Append(Figures.Invariant($"<text x=\"{Left - 7}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{Text(tick.Label)}</text>"));
        }
    }

    private static void AddLabels(StringBuilder svg, Chart chart, int top, int height)
    {
        double middle = (Left + Drawing.Width - Right) / 2.0, center = (top + height - Bottom) / 2.0;
        svg.Append(Figures.Invariant($"<text x=\"{middle}\" y=\"{height - 8}\" text-anchor=\"middle\">{Text(chart.XLabel)}</text>"));
        svg.Append(Figures.Invariant($"<text transform=\"translate(13 {center}) rotate(-90)\" text-anchor=\"middle\">"))
            .Append(Text(chart.YLabel)).Append("</text>");
    }

    /// <summary>The value over each bar, where bars are wide enough for it.</summary>
    private static void AddValues(StringBuilder svg, Chart chart, Plot plot)
    {
        int bars = chart.Series.Sum(series => series.X.Count);
        if (bars == 0 || (Drawing.Width - Left - Right) / bars < 34) return;
        double width = 0.8 / chart.Series.Count;
        foreach ((int s, ChartSeries series) in chart.Series.Index())
        {
            for (int i = 0; i < series.X.Count; i++)
            {
                double high = series.Spread is { } spread ? Math.Max(spread[i].High, series.Y[i]) : series.Y[i];
                Pixel at = plot.GetPixel(new Coordinates(series.X[i] + ((s + 0.5) * width) - 0.4, high));
                svg.Append(Figures.Invariant($"<text x=\"{at.X:0.#}\" y=\"{at.Y - 4:0.#}\" font-size=\"11\" text-anchor=\"middle\">"))
                    .Append(Figures.Quantity(series.Y[i])).Append("</text>");
            }
        }
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
