using KillaBeez.Tests;

namespace KillaBeez.WebRtc.Tests.Stun;

/// <summary>The vectors of RFC 5769 and RFC 8489, by the name of their section.</summary>
internal static class StunVectors
{
    public const string Password = "VOkJxbRl1RmTxUk/WvJxBt";
    public const string UnicodeUser = "\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9";
    public const string Realm = "example.org";

    public static byte[] Load(string name)
    {
        var isWanted = false;
        foreach (var line in File.ReadLines(SharedFiles.Require("vectors/stun/rfc5769_rfc8489_vectors.txt")))
        {
            if (line.StartsWith('['))
            {
                isWanted = line == $"[{name}]";
            }
            else if (isWanted && line.StartsWith("hex=", StringComparison.Ordinal))
            {
                return Convert.FromHexString(line["hex=".Length..]);
            }
        }

        throw new InvalidDataException($"No vector {name}.");
    }
}
