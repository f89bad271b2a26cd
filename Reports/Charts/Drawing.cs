using ScottPlot;
using ScottPlot.TickGenerators;

namespace LoraCluster.Reports.Charts;

/// <summary>A chart as ScottPlot draws it. Colors are told apart in grey too, by the pattern of a line and the order of bars.</summary>
internal static class Drawing
{
    public const int Width = 640, Height = 340;

    /// <summary>Stands for the color of the text around an SVG figure, which is dark or light.</summary>
    public static readonly Color TextColor = Color.FromHex("#0A0B0C");

    private const double GroupWidth = 0.8;
    private static readonly LinePattern[] Patterns = [LinePattern.Solid, LinePattern.Dashed, LinePattern.Dotted];
    private static readonly string[] DashArrays = ["", "10 5", "2 3"];

    // Okabe and Ito's colors, which people with color vision deficiencies tell apart; yellow and black are left out.
    private static readonly string[] Palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"];

    public static string ColorOf(int series) => Palette[series % Palette.Length];

    public static string DashesOf(int series) => DashArrays[series / Palette.Length % DashArrays.Length];

    /// <summary>Everything but texts.</summary>
    public static Plot Of(Chart chart)
    {
        var plot = new Plot();
        plot.FigureBackground.Color = plot.DataBackground.Color = Colors.Transparent;
        plot.Axes.Color(TextColor);
        plot.Axes.Top.FrameLineStyle.Width = plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Grid.MajorLineColor = TextColor.WithAlpha(0.12);
        plot.HideLegend();
        if (chart.Categories is { } categories) AddBars(plot, chart, categories);
        else AddLines(plot, chart);
        return plot;
    }

    private static void AddLines(Plot plot, Chart chart)
    {
        for (int s = 0; s < chart.Series.Count; s++)
        {
            ChartSeries series = chart.Series[s];
            var line = plot.Add.Scatter(series.X.ToArray(), series.Y.ToArray(), Color.FromHex(ColorOf(s)));
            line.LegendText = series.Name;
            line.LineWidth = 1.8f;
            line.MarkerSize = series.X.Count == 1 ? 6 : 0;
            line.LinePattern = Patterns[s / Palette.Length % Patterns.Length];
            AddSpread(plot, series, offset: 0);
        }
        plot.Axes.Margins(0.02, 0.06);
        // What never changes has a range too: a tenth around it.
        double[] values = [.. chart.Series.SelectMany(series => series.Y)];
        if (values.Length > 0 && values.Min() == values.Max() && values[0] != 0)
            plot.Axes.SetLimitsY(values[0] - (Math.Abs(values[0]) / 10), values[0] + (Math.Abs(values[0]) / 10));
        plot.Axes.Bottom.TickGenerator = Ticks(7);
        plot.Axes.Left.TickGenerator = Ticks(6);
    }

    private static void AddBars(Plot plot, Chart chart, IReadOnlyList<string> categories)
    {
        double width = GroupWidth / chart.Series.Count;
        for (int s = 0; s < chart.Series.Count; s++)
        {
            ChartSeries series = chart.Series[s];
            double offset = ((s + 0.5) * width) - (GroupWidth / 2);
            Bar[] bars = [.. series.X.Zip(series.Y, (x, y) => new Bar
            {
                Position = x + offset, Value = y, Size = width * 0.92, FillColor = Color.FromHex(ColorOf(s)), LineWidth = 0,
            })];
            if (bars.Length == 0) continue;
            plot.Add.Bars(bars).LegendText = series.Name;
            AddSpread(plot, series, offset);
        }
        plot.Axes.Margins(left: 0.03, right: 0.03, bottom: 0, top: 0.12);
        plot.Axes.Bottom.SetTicks([.. Enumerable.Range(0, categories.Count).Select(i => (double)i)], [.. categories]);
        plot.Axes.Bottom.MajorTickStyle.Length = 0;
        plot.Axes.Left.TickGenerator = Ticks(6);
    }

    private static void AddSpread(Plot plot, ChartSeries series, double offset)
    {
        if (series.Spread is not { } spread) return;
        for (int i = 0; i < spread.Count; i++)
        {
            if (!double.IsFinite(spread[i].Low) || !double.IsFinite(spread[i].High)) continue;
            var line = plot.Add.Line(series.X[i] + offset, spread[i].Low, series.X[i] + offset, spread[i].High);
            line.Color = TextColor;
            line.LineWidth = 1.5f;
        }
    }

    private static NumericAutomatic Ticks(int count) => new() { TargetTickCount = count, LabelFormatter = Axis };

    private static string Axis(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e9 => Words.Figures.Invariant($"{value / 1e9:0.##} G"),
        >= 1e6 => Words.Figures.Invariant($"{value / 1e6:0.##} M"),
        < 1e-3 => Words.Figures.Invariant($"{value:0.##E+0}"),
        _ => Words.Figures.Invariant($"{value:#,0.####}"),
    };
}
