using System.Globalization;

namespace LoraCluster.Reports.Words;

/// <summary>Numbers for people, the same in every culture; what is not known yet is a dash.</summary>
internal static class Figures
{
    public const string Unknown = "-";

    public static string Percent(double? share) => Finite(share) is { } s ? Invariant($"{s * 100:0.0} %") : Unknown;

    /// <summary>A share that may be far below one percent.</summary>
    public static string SmallPercent(double share) => double.IsFinite(share) ? Invariant($"{share * 100:0.###} %") : Unknown;

    public static string Loss(double? loss) => Finite(loss) is { } l ? Invariant($"{l:0.0000}") : Unknown;

    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Rate(double? perSecond) => Finite(perSecond) is not ({ } rate and > 0) ? Unknown
        : rate < 100 ? Invariant($"{rate:0.0}") : Invariant($"{rate:#,0}");

    public static string Bytes(long bytes) => bytes switch
    {
        < 1_000 => Invariant($"{bytes} B"),
        < 1_000_000 => Invariant($"{bytes / 1e3:0.0} kB"),
        < 1_000_000_000 => Invariant($"{bytes / 1e6:0.00} MB"),
        _ => Invariant($"{bytes / 1e9:0.00} GB"),
    };

    public static string Duration(double? seconds)
    {
        if (Finite(seconds) is not ({ } s and >= 0 and < 1e9)) return Unknown;
        if (s < 10) return Invariant($"{s:0.0} s");
        var span = TimeSpan.FromSeconds(Math.Round(s));
        if (span.TotalSeconds < 60) return Invariant($"{span.Seconds} s");
        return span.TotalHours < 1 ? Invariant($"{span.Minutes}:{span.Seconds:00} min")
            : Invariant($"{(int)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00} h");
    }

    public static string Milliseconds(double? ms) => Finite(ms) is not ({ } m and > 0) ? Unknown
        : m < 10 ? Invariant($"{m:0.00} ms") : m < 10_000 ? Invariant($"{m:0.0} ms") : Duration(m / 1000);

    public static string Clock(DateTimeOffset? moment) =>
        moment is { Year: > 1 } known ? known.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture) : Unknown;

    /// <summary>As "12 s ago".</summary>
    public static string Ago(DateTimeOffset moment, DateTimeOffset now) => (now - moment).TotalSeconds switch
    {
        < 1 => "now",
        < 60 and var s => Invariant($"{s:0} s ago"),
        < 3600 and var s => Invariant($"{s / 60:0} min ago"),
        < 86_400 and var s => Invariant($"{s / 3600:0} h ago"),
        var s => Invariant($"{s / 86_400:0} d ago"),
    };

    public static string Moment(DateTimeOffset? moment) =>
        moment is { Year: > 1 } known ? known.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : Unknown;

    /// <summary>Any quantity with three or four significant digits.</summary>
    public static string Quantity(double? quantity) => Finite(quantity) is not { } value ? Unknown : Math.Abs(value) switch
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

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}
