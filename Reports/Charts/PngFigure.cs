using ScottPlot;
using SkiaSharp;

namespace LoraCluster.Reports.Charts;

/// <summary>A chart as a PNG file on white, for papers and slides.</summary>
internal static class PngFigure
{
    private const int Scale = 2;

    /// <summary>For the half of the last label that stands out.</summary>
    private const int RightRoom = 24;

    /// <summary>False on a machine without a font, where axes would have no labels.</summary>
    public static bool HasFonts => SKFontManager.Default.FontFamilyCount > 0;

    public static byte[] Of(Chart chart)
    {
        Plot plot = Drawing.Of(chart);
        plot.Font.Set(Fonts.Sans);
        plot.FigureBackground.Color = Colors.White;
        plot.Title(chart.Title);
        plot.XLabel(chart.XLabel);
        plot.YLabel(chart.YLabel);
        plot.Axes.Color(Color.FromHex("#222222"));
        plot.Axes.Right.MinimumSize = RightRoom;
        plot.ScaleFactor = Scale;
        if (chart.Series.Count > 1) plot.ShowLegend(Edge.Bottom);
        return plot.GetImage(Drawing.Width * Scale, Drawing.Height * Scale).GetImageBytes(ImageFormat.Png);
    }
}
