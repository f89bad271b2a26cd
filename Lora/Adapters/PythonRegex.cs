using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LoraCluster.Adapters;

/// <summary>
/// PEFT's patterns are regular expressions of Python's re, which .NET would in part refuse and in part read as something else. This writes
/// one in .NET's syntax, for texts in ASCII as module names are; what Python refuses is refused (but for the width of a look-behind).
/// </summary>
internal sealed class PythonRegex
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly string text;
    private readonly bool mayHaveGlobalFlags;
    private readonly StringBuilder result = new();
    private readonly Dictionary<string, int> groupNames = new(StringComparer.Ordinal);
    private readonly Stack<(int Start, bool Verbose)> open = new();
    private int at, groups;
    // Where the last thing begins that a quantifier may repeat; -1: there is none.
    private int item = -1;
    private bool verbose;
    private string globalFlags = "";

    private PythonRegex(string text, int groupsBefore, bool mayHaveGlobalFlags) =>
        (this.text, groups, this.mayHaveGlobalFlags) = (text, groupsBefore, mayHaveGlobalFlags);

    /// <summary>An expression for whole names, as re.fullmatch.</summary>
    /// <exception cref="ArgumentException">It is none of Python's.</exception>
    public static Regex Whole(string pattern)
    {
        (string body, string flags, _) = Translate(pattern, 0, mayHaveGlobalFlags: true);
        return Compile($@"(?{flags}:\A(?:{body})\z)");
    }

    /// <summary>An expression for a whole name or its ending after a dot, as PEFT's get_pattern_key.</summary>
    /// <exception cref="ArgumentException">It is none of Python's.</exception>
    public static Regex Ending(string key) => Compile($@"\A(.*\.)?({Translate(key, 2, mayHaveGlobalFlags: false).Body})\z");

    /// <summary>An expression whose one group is the number that follows the name of a list of layers.</summary>
    /// <exception cref="ArgumentException">It is none of Python's, or has a group, which would be taken for the number.</exception>
    public static Regex LayerNumber(string listName)
    {
        (string body, _, int groups) = Translate(listName, 0, mayHaveGlobalFlags: false);
        if (groups > 0) throw new ArgumentException("a group that captures would stand for the layer's number");
        return Compile($@"\A.*?\.{body}\.([0-9]+)\.");
    }

    private static Regex Compile(string pattern) => new(pattern, RegexOptions.CultureInvariant, Patience);

    private static (string Body, string Flags, int Groups) Translate(string pattern, int groupsBefore, bool mayHaveGlobalFlags)
    {
        var parser = new PythonRegex(pattern, groupsBefore, mayHaveGlobalFlags);
        parser.Run();
        return (parser.result.ToString(), parser.globalFlags, parser.groups - groupsBefore);
    }

    private void Run()
    {
        while (at < text.Length)
        {
            char c = text[at++];
            if (verbose && SkipComment(c)) continue;
            switch (c)
            {
                case '|': (_, item) = (result.Append(c), -1); break;
                case '^' or '$': (_, item) = (result.Append(c), -1); break;
                case '.': Item("."); break;
                case '(': OpenGroup(); break;
                case ')': CloseGroup(); break;
                case '[': Item(ReadClass()); break;
                case '\\': ReadEscape(); break;
                case '*' or '+' or '?': Repeat(c.ToString()); break;
                case '{' when ReadCount() is { } count: Repeat(count); break;
                default: Item(Literal(c)); break;
            }
        }
        if (open.Count > 0) throw Refuse("a ) is missing");
    }

    private bool SkipComment(char c)
    {
        if (c == '#') while (at < text.Length && text[at] != '\n') at++;
        return c is '#' or ' ' or (>= '\t' and <= '\r');
    }

    private void Item(string translated)
    {
        item = result.Length;
        result.Append(translated);
    }

    private void Repeat(string quantifier)
    {
        if (item < 0) throw Refuse("there is nothing to repeat");
        result.Append(quantifier);
        if (Takes('?')) result.Append('?');
        else if (Takes('+')) result.Insert(item, "(?>").Append(')');
        item = -1;
    }

    /// <summary>The count after a brace, which from Python 3 on may lack its lower end; null where the brace is text.</summary>
    private string? ReadCount()
    {
        int end = at;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == ',')) end++;
        string inside = text[at..end];
        string[] ends = inside.Split(',');
        if (end == text.Length || text[end] != '}' || inside.Length == 0 || ends.Length > 2) return null;
        at = end + 1;
        string low = ends[0].Length == 0 ? "0" : ends[0];
        return ends.Length == 1 ? $"{{{low}}}" : $"{{{low},{ends[1]}}}";
    }

    private void OpenGroup()
    {
        int start = result.Length;
        bool outer = verbose;
        if (!Takes('?'))
        {
            groups++;
            Open("(");
        }
        else if (Takes('#')) SkipTo(')');
        else if (Takes('P')) OpenNamed();
        else if (Takes('(')) OpenConditional();
        else if (Takes(':')) Open("(?:");
        else if (Takes('>')) Open("(?>");
        else if (Takes('=')) Open("(?=");
        else if (Takes('!')) Open("(?!");
        else if (Takes('<')) Open(Takes('=') ? "(?<=" : Takes('!') ? "(?<!" : throw Refuse("(?< must be followed by = or !"));
        else OpenFlags();

        void Open(string translated)
        {
            result.Append(translated);
            open.Push((start, outer));
            item = -1;
        }

        void OpenNamed()
        {
            if (Takes('='))
            {
                Item(Reference(NumberOf(SkipTo(')'))));
                return;
            }
            if (!Takes('<')) throw Refuse("(?P must be followed by < or =");
            string name = SkipTo('>');
            if (!IsName(name)) throw Refuse($"'{name}' is no name of a group");
            if (!groupNames.TryAdd(name, ++groups)) throw Refuse($"two groups have the name '{name}'");
            Open("(");
        }

        void OpenConditional() => Open($"(?({NumberOf(SkipTo(')')).ToString(CultureInfo.InvariantCulture)})");

        void OpenFlags()
        {
            (string on, string off) = ReadFlags();
            if (text[at - 1] == ':')
            {
                verbose = (verbose || on.Contains('x', StringComparison.Ordinal)) && !off.Contains('x', StringComparison.Ordinal);
                Open($"(?{DotNet(on)}{(DotNet(off).Length > 0 ? "-" + DotNet(off) : "")}:");
                return;
            }
            if (start > 0 || open.Count > 0 || !mayHaveGlobalFlags || off.Length > 0) throw Refuse("flags must stand at the start");
            (globalFlags, verbose) = (globalFlags + DotNet(on), verbose || on.Contains('x', StringComparison.Ordinal));
        }
    }

    /// <summary>The flags up to the ) or : that ends them. White space is left out here, and names are ASCII: x, a and u say nothing
    /// more.</summary>
    private (string On, string Off) ReadFlags()
    {
        int begin = at;
        while (at < text.Length && text[at] is not (')' or ':')) at++;
        string[] parts = text[begin..at].Split('-');
        if (at++ == text.Length || parts.Length > 2 || (parts is [var on, ..] && !on.All("aimsux".Contains))
            || (parts is [_, var off] && (off.Length == 0 || !off.All("imsx".Contains)))
            || (parts.Length == 1 && parts[0].Length == 0)) throw Refuse("(? is followed by nothing that is known");
        return (parts[0], parts.Length == 2 ? parts[1] : "");
    }

    private static string DotNet(string flags) => new([.. flags.Where("ims".Contains)]);

    private void CloseGroup()
    {
        if (!open.TryPop(out (int Start, bool Verbose) group)) throw Refuse("a ) has no (");
        result.Append(')');
        (item, verbose) = (group.Start, group.Verbose);
    }

    private void ReadEscape()
    {
        char c = Escaped();
        switch (c)
        {
            case 'A' or 'b' or 'B': (_, item) = (result.Append('\\').Append(c), -1); break;
            case 'Z': (_, item) = (result.Append(@"\z"), -1); break;
            case 'd' or 'D' or 's' or 'S' or 'w' or 'W': Item($@"\{c}"); break;
            case >= '1' and <= '9' when !IsOctal(c): Item(Reference(NumberOf(ReadReference(c)))); break;
            default: Item(string.Concat(Characters(c).Select(Literal))); break;
        }
    }

    private string ReadReference(char first) =>
        at < text.Length && char.IsAsciiDigit(text[at]) ? $"{first}{text[at++]}" : first.ToString();

    private int NumberOf(string group)
    {
        bool known = groupNames.TryGetValue(group, out int number)
            || int.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        return known && number >= 1 && number <= groups ? number : throw Refuse($"there is no group '{group}' before it");
    }

    private static string Reference(int number) => string.Create(CultureInfo.InvariantCulture, $@"(?:\{number})");

    /// <summary>A set of characters, the [ gone. In .NET a [ inside may begin a set that is taken away; in Python it is text.</summary>
    private string ReadClass()
    {
        var set = new StringBuilder("[");
        if (Takes('^')) set.Append('^');
        for (bool first = true; first || !Takes(']'); first = false)
        {
            (string low, bool one) = ReadMember();
            set.Append(low);
            if (at + 1 >= text.Length || text[at] != '-' || text[at + 1] == ']') continue;
            at++;
            (string high, bool other) = ReadMember();
            if (!one || !other) throw Refuse("a range in [] has an end that is no character");
            set.Append('-').Append(high);
        }
        return set.Append(']').ToString();
    }

    private (string Text, bool IsCharacter) ReadMember()
    {
        if (at == text.Length) throw Refuse("a ] is missing");
        char c = text[at++];
        if (c != '\\') return (Member(c), true);
        c = Escaped();
        if (c is 'd' or 'D' or 's' or 'S' or 'w' or 'W') return ($@"\{c}", false);
        return (string.Concat((c == 'b' ? "\b" : Characters(c)).Select(Member)), true);
    }

    private char Escaped() => at < text.Length ? text[at++] : throw Refuse(@"a \ stands at the end");

    /// <summary>The character that an escape means.</summary>
    private string Characters(char c) => c switch
    {
        'a' => "\a", 'f' => "\f", 'n' => "\n", 'r' => "\r", 't' => "\t", 'v' => "\v",
        'x' => Hex(2), 'u' => Hex(4), 'U' => Hex(8),
        '0' => Octal(c),
        >= '1' and <= '7' when IsOctal(c) => Octal(c),
        _ when char.IsAsciiLetterOrDigit(c) => throw Refuse($@"\{c} means nothing"),
        _ => c.ToString(),
    };

    private string Hex(int digits)
    {
        if (at + digits <= text.Length && int.TryParse(text.AsSpan(at, digits), NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture, out int code) && Rune.IsValid(code))
        {
            at += digits;
            return new Rune(code).ToString();
        }
        throw Refuse("an escape lacks digits, or its character is none");
    }

    /// <summary>True if two more octal digits follow: three are a character, fewer a group.</summary>
    private bool IsOctal(char first) =>
        first <= '7' && at + 1 < text.Length && text[at] is >= '0' and <= '7' && text[at + 1] is >= '0' and <= '7';

    private string Octal(char first)
    {
        int code = first - '0';
        for (int digits = 1; digits < 3 && at < text.Length && text[at] is >= '0' and <= '7'; digits++) code = code * 8 + text[at++] - '0';
        return code <= 255 ? ((char)code).ToString() : throw Refuse("an octal escape is larger than 377");
    }

    private string SkipTo(char end)
    {
        int found = text.IndexOf(end, at);
        if (found < 0) throw Refuse($"a {end} is missing");
        string skipped = text[at..found];
        at = found + 1;
        return skipped;
    }

    private bool Takes(char c)
    {
        if (at == text.Length || text[at] != c) return false;
        at++;
        return true;
    }

    private static bool IsName(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0])
        && name.All(c => char.IsLetterOrDigit(c) || c == '_');

    private static string Literal(char c) => @"\*+?|{}[]()^$.# ".Contains(c, StringComparison.Ordinal) ? $@"\{c}" : c.ToString();

    private static string Member(char c) => @"\[]^-".Contains(c, StringComparison.Ordinal) ? $@"\{c}" : c.ToString();

    private ArgumentException Refuse(string fault) => new(string.Create(CultureInfo.InvariantCulture, $"{fault} (at {at})"));
}
