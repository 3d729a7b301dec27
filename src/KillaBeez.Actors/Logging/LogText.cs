using System.Globalization;
using System.Text;

namespace KillaBeez.Actors.Logging;

/// <summary>Makes what others have written fit for a log: it can neither forge a line nor fill the disk nor tell a secret.</summary>
internal static class LogText
{
    /// <summary>What is said of a text at most, in UTF-16 code units.</summary>
    public const int MaxChars = 200;

    /// <summary>
    /// A text in quotation marks, without what a terminal or a reader could take for something else: control and format
    /// characters, line ends of any kind, quotation marks, halves of surrogate pairs.
    /// </summary>
    public static string Quote(string? text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in (text ?? string.Empty).EnumerateRunes())
        {
            if (quoted.Length + rune.Utf16SequenceLength > MaxChars + 1)
            {
                quoted.Append('…');
                break;
            }

            if (rune.Value == '"')
            {
                quoted.Append('\'');
            }
            else if (IsHarmless(rune))
            {
                quoted.Append(rune.ToString());
            }
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>An address without user name, password, query and fragment.</summary>
    public static string WithoutSecrets(Uri address) =>
        address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    private static bool IsHarmless(Rune rune) => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate);
}
