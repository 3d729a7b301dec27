using System.Text;
using KillaBeez.Tests;

namespace KillaBeez.Fuzz.Tests.Fuzzing;

/// <summary>Seeds from ../shared/vectors; none where the folder is not there.</summary>
internal static class Vectors
{
    /// <summary>The files of a folder below vectors/, in the order of their names.</summary>
    public static IEnumerable<byte[]> Folder(string relativePath)
    {
        var folder = SharedFiles.Find($"vectors/{relativePath}");
        return folder is null ? [] : Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes);
    }

    public static byte[][] Words(params string[] words) => [.. words.Select(Encoding.UTF8.GetBytes)];
}
