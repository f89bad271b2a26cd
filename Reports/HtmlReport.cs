using System.Globalization;
using System.Net;
using System.Text;
using LoraCluster.Reports.Charts;
using LoraCluster.Reports.Sections;

namespace LoraCluster.Reports;

/// <summary>A report as one HTML file that asks for nothing else: style and figures are in it.</summary>
internal static class HtmlReport
{
    public static string Of(Report report, IReadOnlyList<ReportSection> sections)
    {
        string[] ids = [.. report.Runs.Select(run => run.Status.RunId), .. report.Jobs.Select(job => job.JobId)];
        string made = report.Made.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
        var html = new StringBuilder();
        html.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            // The file needs nothing; a name that a user or a model gave must not make it ask for anything either.
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n")
            .Append("<title>LoraCluster report: ").Append(Text(string.Join(", ", ids))).Append("</title>\n")
            .Append("<style>\n").Append(Style()).Append("</style>\n</head>\n<body>\n")
            .Append("<h1>").Append(Text(string.Join(", ", ids))).Append("</h1>\n")
            .Append("<p>").Append(Text($"{report.Cluster}, {made}")).Append("</p>\n");
        foreach (ReportSection section in sections) AddSection(html, section);
        return html.Append("</body>\n</html>\n").ToString();
    }

    private static void AddSection(StringBuilder html, ReportSection section)
    {
        html.Append("<section>\n<h2>").Append(Text(section.Title)).Append("</h2>\n");
        bool figures = false;
        foreach (ReportBlock block in section.Blocks)
        {
            if (block is FigureBlock != figures) html.Append(figures ? "</div>\n" : "<div class=\"figures\">\n");
            figures = block is FigureBlock;
            switch (block)
            {
                case FigureBlock { Chart: var chart }: AddFigure(html, chart); break;
                case TableBlock table: AddTable(html, table); break;
                case TextBlock { Text: var text }: html.Append("<p>").Append(Text(text)).Append("</p>\n"); break;
            }
        }
        html.Append(figures ? "</div>\n" : "").Append("</section>\n");
    }

    private static void AddFigure(StringBuilder html, Chart chart)
    {
        html.Append("<figure>\n<h3>").Append(Text(chart.Title)).Append("</h3>\n").Append(SvgFigure.Of(chart)).Append('\n');
        if (chart.Note.Length > 0) html.Append("<figcaption>").Append(Text(chart.Note)).Append("</figcaption>\n");
        html.Append("</figure>\n");
    }

    private static void AddTable(StringBuilder html, TableBlock table)
    {
        if (table.Caption.Length > 0) html.Append("<p>").Append(Text(table.Caption)).Append("</p>\n");
        html.Append("<div class=\"wide\"><table aria-label=\"").Append(Text(table.Caption)).Append("\">\n");
        html.Append("<thead><tr>").AppendJoin("", table.Head.Select(name => $"<th scope=\"col\">{Text(name)}</th>"))
            .Append("</tr></thead>\n<tbody>\n");
        // A row that tells nothing of anyone is left out.
        foreach (TableRow row in table.Rows.Where(row => row.Cells.Any(cell => cell is not ("" or "-"))))
        {
            html.Append(row.Marked ? "<tr class=\"differs\">" : "<tr>").Append("<th scope=\"row\">").Append(Text(row.Name)).Append("</th>")
                .AppendJoin("", row.Cells.Select(cell => $"<td>{Text(cell)}</td>")).Append("</tr>\n");
        }
        html.Append("</tbody>\n</table></div>\n");
    }

    private static string Style()
    {
        using Stream stream = typeof(HtmlReport).Assembly.GetManifestResourceStream("report.css")!;
        return new StreamReader(stream).ReadToEnd();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
