using LoraCluster.Reports.Charts;

namespace LoraCluster.Reports.Sections;

/// <summary>A part of a report under one heading.</summary>
internal sealed record ReportSection(string Title, IReadOnlyList<ReportBlock> Blocks);

/// <summary>A figure, a table or a remark.</summary>
internal abstract record ReportBlock;

internal sealed record FigureBlock(Chart Chart) : ReportBlock;

internal sealed record TextBlock(string Text) : ReportBlock;

/// <param name="Caption">What it shows; may be empty.</param>
/// <param name="Head">Names of the columns, that of the rows' names first.</param>
/// <param name="Rows">As many cells each as there are columns after the first.</param>
internal sealed record TableBlock(string Caption, IReadOnlyList<string> Head, IReadOnlyList<TableRow> Rows) : ReportBlock;

/// <param name="Name">What the row tells.</param>
/// <param name="Cells">A cell a column.</param>
/// <param name="Marked">True: shown as different.</param>
internal sealed record TableRow(string Name, IReadOnlyList<string> Cells, bool Marked = false);
