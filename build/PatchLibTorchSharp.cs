using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
#if !LORACLUSTER_TESTS
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
#endif

#if !LORACLUSTER_TESTS
/// <summary>
/// Lets the libLibTorchSharp.so of TorchSharp 0.107.0 load where libstdc++ is older than GCC 13's (Debian 12, Ubuntu 22.04).
/// The library needs GLIBCXX_3.4.32 for one symbol, std::ios_base_library_init(), which does what the older
/// std::ios_base::Init::Init() does and, like it here, touches no object. So the symbol is renamed, given the version of the
/// older one, and the requirement of 3.4.32 is made weak. Sizes and offsets in the file stay as they are (docs/adr/0003).
/// </summary>
public sealed class PatchLibTorchSharp : Task
{
    [Required]
    public ITaskItem[] Files { get; set; } = new ITaskItem[0];

    public override bool Execute()
    {
        foreach (ITaskItem item in Files)
        {
            string path = item.GetMetadata("FullPath");
            try
            {
                if (LibTorchSharpPatch.Apply(path)) Log.LogMessage(MessageImportance.Normal, "Patched " + path);
            }
            catch (InvalidDataException e)
            {
                Log.LogError(e.Message);
            }
        }
        return !Log.HasLoggedErrors;
    }
}
#endif

/// <summary>The edit itself, on one file. A plain class so that a test can drive it on a copy.</summary>
public static class LibTorchSharpPatch
{
    private const string Symbol = "_ZSt21ios_base_library_initv";
    private const string Replacement = "_ZNSt8ios_base4InitC1Ev";
    private const string TooNew = "GLIBCXX_3.4.32";
    private const string Old = "GLIBCXX_3.4";
    private const uint DynSym = 11, VerSym = 0x6fffffff, VerNeed = 0x6ffffffe;
    private const ushort WeakVersion = 2;

    /// <summary>Patches the file in place by writing a new one beside it and renaming it over the old.</summary>
    /// <returns>True if it was patched now; false if it needed nothing (patched before, or built against an older GCC).</returns>
    /// <exception cref="InvalidDataException">The file is not the library that this edit is known to fit.</exception>
    public static bool Apply(string path)
    {
        byte[] elf = File.ReadAllBytes(path);
        if (!Edit(elf, path)) return false;
        // A rename, so that a hard link to the package cache is left alone and a running process keeps its old file.
        string fresh = path + ".patched";
        File.WriteAllBytes(fresh, elf);
        File.Delete(path);
        File.Move(fresh, path);
        return true;
    }

    private static bool Edit(byte[] elf, string path)
    {
        if (elf.Length < 64 || elf[0] != 0x7f || elf[1] != 'E' || elf[2] != 'L' || elf[3] != 'F' || elf[4] != 2 || elf[5] != 1
            || U16(elf, 18) != 62)
            throw Unknown(path, "it is not a 64-bit little-endian x86-64 ELF file");
        var sections = ReadSections(elf, path);
        Section symbols = Find(sections, DynSym, path), versions = Find(sections, VerSym, path), needs = Find(sections, VerNeed, path);
        Section strings = sections[(int)symbols.Link];

        int requirement = FindNeed(elf, needs, strings, TooNew, path), old = FindNeed(elf, needs, strings, Old, path);
        if (requirement < 0) return false;                                        // built against an older GCC: nothing to do
        bool weak = (U16(elf, requirement + 4) & WeakVersion) != 0;
        ushort newIndex = U16(elf, requirement + 6);

        var users = new List<long>();
        for (long k = 0; k < versions.Size / 2; k++)
            if ((U16(elf, versions.Offset + 2 * k) & 0x7fff) == newIndex) users.Add(k);
        if (users.Count == 0 && weak) return false;                               // patched before
        if (users.Count != 1) throw Unknown(path, users.Count + " symbols need " + TooNew + ", one was expected");
        if (old < 0) throw Unknown(path, "it does not need " + Old);

        long name = strings.Offset + U32(elf, symbols.Offset + 24 * users[0]);
        if (Text(elf, name) != Symbol) throw Unknown(path, "the symbol of " + TooNew + " is " + Text(elf, name) + ", not " + Symbol);
        byte[] text = Encoding.ASCII.GetBytes(Replacement.PadRight(Symbol.Length, '\0'));
        Array.Copy(text, 0, elf, name, text.Length);
        Put16(elf, versions.Offset + 2 * users[0], U16(elf, old + 6));
        Put16(elf, requirement + 4, WeakVersion);
        return true;
    }

    private struct Section { public uint Type, Link, Info; public long Offset, Size; }

    private static List<Section> ReadSections(byte[] elf, string path)
    {
        long table = (long)U64(elf, 40);
        int size = U16(elf, 58), count = U16(elf, 60);
        if (size != 64 || table <= 0 || table + (long)size * count > elf.Length) throw Unknown(path, "its section table is damaged");
        var sections = new List<Section>();
        for (int k = 0; k < count; k++)
        {
            long at = table + k * size;
            var s = new Section { Type = U32(elf, at + 4), Offset = (long)U64(elf, at + 24), Size = (long)U64(elf, at + 32),
                Link = U32(elf, at + 40), Info = U32(elf, at + 44) };
            if (s.Type != 8 && (s.Offset < 0 || s.Size < 0 || s.Offset + s.Size > elf.Length)) throw Unknown(path,
                "a section reaches past its end");
            sections.Add(s);
        }
        return sections;
    }

    private static Section Find(List<Section> sections, uint type, string path)
    {
        foreach (Section s in sections) if (s.Type == type && s.Link < sections.Count) return s;
        throw Unknown(path, "a section that a versioned library has is missing");
    }

    /// <summary>Offset of the Vernaux entry (hash, flags, other, name, next) of a version of libstdc++, or -1.</summary>
    private static int FindNeed(byte[] elf, Section needs, Section strings, string version, string path)
    {
        long need = needs.Offset;
        for (uint k = 0; k < needs.Info; k++)
        {
            long aux = need + U32(elf, need + 8);
            for (int j = 0; j < U16(elf, need + 2); j++)
            {
                if (aux + 16 > needs.Offset + needs.Size) throw Unknown(path, "its version table is damaged");
                if (Text(elf, strings.Offset + U32(elf, aux + 8)) == version) return (int)aux;
                aux += U32(elf, aux + 12);
            }
            need += U32(elf, need + 12);
        }
        return -1;
    }

    private static InvalidDataException Unknown(string path, string why) =>
        new InvalidDataException(path + " is not the libLibTorchSharp.so that this build knows how to make loadable: " + why + ".");

    private static string Text(byte[] b, long at)
    {
        long end = at;
        while (end < b.Length && b[end] != 0) end++;
        return Encoding.ASCII.GetString(b, (int)at, (int)(end - at));
    }

    private static ushort U16(byte[] b, long at) { return BitConverter.ToUInt16(b, (int)at); }
    private static uint U32(byte[] b, long at) { return BitConverter.ToUInt32(b, (int)at); }
    private static ulong U64(byte[] b, long at) { return BitConverter.ToUInt64(b, (int)at); }
    private static void Put16(byte[] b, long at, ushort value) { b[at] = (byte)value; b[at + 1] = (byte)(value >> 8); }
}
