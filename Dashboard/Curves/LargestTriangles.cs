namespace LoraCluster.Dashboard.Curves;

/// <summary>
/// Thins a curve to a given number of points by largest triangles (Steinarsson, "Downsampling time series for visual representation",
/// 2013): the points between the first and the last fall into equal buckets, and each bucket keeps the one that spans the largest triangle
/// with the point kept before it and the mean of the next bucket. Peaks stay where they are.
/// </summary>
internal static class LargestTriangles
{
    /// <summary>At most <paramref name="most"/> (3 or more) of the points, the first and the last among them; values that are not finite
    /// are left out.</summary>
    public static CurvePoints Thin(ReadOnlySpan<int> steps, ReadOnlySpan<float> values, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 3);
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, steps.Length);
        var (x, y) = Finite(steps, values);
        if (x.Length <= most) return new CurvePoints(x, y);

        int[] keptSteps = new int[most];
        float[] keptValues = new float[most];
        double width = (double)(x.Length - 2) / (most - 2);
        int kept = 0;
        (keptSteps[0], keptValues[0]) = (x[0], y[0]);
        for (int bucket = 0; bucket < most - 2; bucket++)
        {
            int begin = 1 + (int)(bucket * width), end = 1 + (int)((bucket + 1) * width);
            int nextEnd = bucket == most - 3 ? x.Length : 1 + (int)((bucket + 2) * width);
            kept = Furthest(x, y, kept, begin, end, nextEnd);
            (keptSteps[bucket + 1], keptValues[bucket + 1]) = (x[kept], y[kept]);
        }
        (keptSteps[^1], keptValues[^1]) = (x[^1], y[^1]);
        return new CurvePoints(keptSteps, keptValues);
    }

    /// <summary>Of the points begin to end the one with the largest triangle to the point before and the mean of end to nextEnd.</summary>
    private static int Furthest(int[] x, float[] y, int before, int begin, int end, int nextEnd)
    {
        double meanX = 0, meanY = 0;
        for (int k = end; k < nextEnd; k++) (meanX, meanY) = (meanX + x[k], meanY + y[k]);
        (meanX, meanY) = (meanX / (nextEnd - end), meanY / (nextEnd - end));

        int furthest = begin;
        double largest = -1;
        for (int k = begin; k < end; k++)
        {
            double area = Math.Abs((x[before] - meanX) * (y[k] - (double)y[before]) - (x[before] - (double)x[k]) * (meanY - y[before]));
            if (area > largest) (largest, furthest) = (area, k);
        }
        return furthest;
    }

    private static (int[] X, float[] Y) Finite(ReadOnlySpan<int> steps, ReadOnlySpan<float> values)
    {
        int count = 0;
        foreach (float value in values) count += float.IsFinite(value) ? 1 : 0;
        var (x, y) = (new int[count], new float[count]);
        int next = 0;
        for (int k = 0; k < values.Length; k++)
        {
            if (float.IsFinite(values[k])) (x[next], y[next++]) = (steps[k], values[k]);
        }
        return (x, y);
    }
}
