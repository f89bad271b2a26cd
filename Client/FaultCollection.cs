namespace LoraCluster.Client;

/// <summary>Runs checks to the end and keeps what each of them refuses.</summary>
internal static class FaultCollection
{
    /// <summary>The result, or null with the fault's lines noted.</summary>
    public static T? Try<T>(this List<string> faults, Func<T> check) where T : class
    {
        try { return check(); }
        catch (UserErrorException e)
        {
            faults.AddRange(e.Message.Split('\n').Except(faults, StringComparer.Ordinal).ToArray());
            return null;
        }
    }

    /// <summary>Notes the fault's lines.</summary>
    public static void Try(this List<string> faults, Action check) => faults.Try(() => { check(); return faults; });
}
