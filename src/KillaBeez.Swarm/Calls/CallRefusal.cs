using System.Globalization;

namespace KillaBeez.Swarm.Calls;

/// <summary>
/// The body of a goodbye that refuses a call for good:
/// <code>
/// refused [ SP "#" code ] { SP key }
/// </code>
/// where the code is the application's own, decimal without leading zeros, and the keys, 64 lower-case hex characters
/// each and at most <see cref="MaxKeys"/>, are others that the caller may call instead. One space separates; any other text
/// is no refusal.
/// </summary>
/// <param name="Code">The application's code, where it was the application that refused.</param>
/// <param name="Others">Keys to call instead, the nearest to the caller's first.</param>
internal sealed record CallRefusal(uint? Code, IReadOnlyList<PeerId> Others)
{
    /// <summary>The most keys that a refusal names.</summary>
    public const int MaxKeys = 4;

    private const string Word = CallEngine.RefusedReason;

    /// <summary>A refusal that says nothing more.</summary>
    public static CallRefusal Plain { get; } = new(null, []);

    public string ToBody()
    {
        var code = Code is { } number ? string.Create(CultureInfo.InvariantCulture, $" #{number}") : string.Empty;
        return $"{Word}{code}{string.Concat(Others.Take(MaxKeys).Select(key => $" {key}"))}";
    }

    public static bool TryParse(string body, out CallRefusal refusal)
    {
        refusal = Plain;
        const int longest = 7 + 2 + 10 + (MaxKeys * (1 + (PeerId.SizeBytes * 2)));
        if (!body.StartsWith(Word, StringComparison.Ordinal) || body.Length > longest)
        {
            return false;
        }

        var rest = body.AsSpan(Word.Length);
        uint? code = null;
        if (rest.StartsWith(" #", StringComparison.Ordinal))
        {
            rest = rest[2..];
            var end = rest.IndexOf(' ');
            var digits = end < 0 ? rest : rest[..end];
            if (!uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || (digits.Length > 1 && digits[0] == '0'))
            {
                return false;
            }

            code = number;
            rest = rest[digits.Length..];
        }

        var others = new List<PeerId>();
        while (!rest.IsEmpty)
        {
            const int size = 1 + (PeerId.SizeBytes * 2);
            if (others.Count == MaxKeys || rest.Length < size || rest[0] != ' ' || rest[1..size].ContainsAnyInRange('A', 'F')
                || !PeerId.TryParse(rest[1..size], out var key) || others.Contains(key))
            {
                return false;
            }

            others.Add(key);
            rest = rest[size..];
        }

        refusal = new CallRefusal(code, others);
        return true;
    }
}
