using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>
/// Rows of a table by number, with a gradient of fixed bits. On a GPU index_select's gradient adds rows that occur several times in no
/// fixed order; that of an index sorts them first.
/// </summary>
internal static class TableRows
{
    /// <summary>Rows of a table [entries, width], as [n, width].</summary>
    /// <param name="table">Any float dtype.</param>
    /// <param name="numbers">int64 [n], on the table's device.</param>
    public static Tensor Of(Tensor table, Tensor numbers) =>
        IsSorted(table) ? table[TensorIndex.Tensor(numbers)] : table.index_select(0, numbers);

    /// <summary>Columns of a table [width, entries], as [n, width].</summary>
    /// <param name="table">Any float dtype.</param>
    /// <param name="numbers">int64 [n], on the table's device.</param>
    public static Tensor OfColumns(Tensor table, Tensor numbers) =>
        IsSorted(table) ? table.t()[TensorIndex.Tensor(numbers)] : table.index_select(1, numbers).t();

    private static bool IsSorted(Tensor table) => table.device_type == DeviceType.CUDA && table.requires_grad && is_grad_enabled();
}
