using System.Globalization;

namespace LoraCluster.Client.Rendering;

/// <summary>Numbers for people, the same in every culture; what is not known yet is a dash.</summary>
internal static class Figures
{
    private const string Unknown = "-";

    public static string Percent(double share) => double.IsFinite(share) ? Invariant($"{share * 100:0.0} %") : Unknown;

    /// <summary>A share that may be far below one percent.</summary>
    public static string SmallPercent(double share) => double.IsFinite(share) ? Invariant($"{share * 100:0.###} %") : Unknown;

    public static string Loss(double loss) => double.IsFinite(loss) ? Invariant($"{loss:0.0000}") : Unknown;

    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Rate(double perSecond) =>
        !double.IsFinite(perSecond) || perSecond <= 0 ? Unknown
        : perSecond < 100 ? Invariant($"{perSecond:0.0}")
        : Invariant($"{perSecond:#,0}");

    public static string Bytes(long bytes) => bytes switch
    {
        < 1_000 => Invariant($"{bytes} B"),
        < 1_000_000 => Invariant($"{bytes / 1e3:0.0} kB"),
        < 1_000_000_000 => Invariant($"{bytes / 1e6:0.00} MB"),
        _ => Invariant($"{bytes / 1e9:0.00} GB"),
    };

    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds) || seconds < 0 || seconds > 1e9) return Unknown;
        if (seconds < 10) return Invariant($"{seconds:0.0} s");
        var span = TimeSpan.FromSeconds(Math.Round(seconds));
        if (span.TotalSeconds < 60) return Invariant($"{span.Seconds} s");
        return span.TotalHours < 1 ? Invariant($"{span.Minutes}:{span.Seconds:00} min")
            : Invariant($"{(int)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00} h");
    }

    public static string Moment(DateTimeOffset? moment) =>
        moment is { Year: > 1 } known ? known.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : Unknown;

    /// <summary>Any quantity with three or four significant digits.</summary>
    public static string Quantity(double value) => !double.IsFinite(value) ? Unknown : Math.Abs(value) switch
    {
        0 => "0",
        < 1e-3 => Invariant($"{value:0.##E+0}"),
        < 1 => Invariant($"{value:0.####}"),
        < 100 => Invariant($"{value:0.##}"),
        < 1000 => Invariant($"{value:0.#}"),
        < 1e6 => Invariant($"{value:#,0}"),
        < 1e9 => Invariant($"{value / 1e6:0.##} M"),
        _ => Invariant($"{value / 1e9:0.##} G"),
    };

    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    public static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
