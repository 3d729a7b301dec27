using System.Text.Json;

namespace KillaBeez.Tests.Sodium;

/// <summary>Reads a file of Wycheproof cases; the test is skipped where the files are not there.</summary>
internal static class Wycheproof
{
    /// <summary>Calls <paramref name="check"/> for every case, and says which cases failed.</summary>
    /// <returns>How many cases there were.</returns>
    public static int ForEach(string file, Func<JsonElement, JsonElement, bool> check)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(SharedFiles.Require("vectors/wycheproof/" + file)));
        var failed = new List<string>();
        var count = 0;
        foreach (var group in document.RootElement.GetProperty("testGroups").EnumerateArray())
        {
            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                count++;
                if (!check(group, test))
                {
                    failed.Add($"tcId {test.GetProperty("tcId").GetInt32()} {test.GetProperty("comment").GetString()}");
                }
            }
        }

        Assert.True(failed.Count == 0, file + ": " + string.Join("; ", failed));
        Assert.Equal(document.RootElement.GetProperty("numberOfTests").GetInt32(), count);
        return count;
    }

    public static byte[] Hex(this JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);

    public static bool IsValid(this JsonElement test) => test.GetProperty("result").GetString() == "valid";

    public static bool HasFlag(this JsonElement test, string flag) =>
        test.GetProperty("flags").EnumerateArray().Any(f => f.GetString() == flag);
}
