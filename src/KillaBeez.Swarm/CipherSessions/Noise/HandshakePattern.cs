using System.Globalization;

namespace KillaBeez.Swarm.CipherSessions.Noise;

/// <summary>One message of a pattern: who sends it, and its tokens.</summary>
internal sealed record HandshakeMessage(bool FromInitiator, IReadOnlyList<NoiseToken> Tokens);

/// <summary>
/// A Noise handshake pattern, read from the notation of the Noise document itself (rev 34, 7): one line a message,
/// an arrow and tokens; lines above "..." are keys that are known before.
/// </summary>
internal sealed record HandshakePattern
{
    private HandshakePattern(string name, IReadOnlyList<HandshakeMessage> preMessages, IReadOnlyList<HandshakeMessage> messages)
    {
        Name = name;
        PreMessages = preMessages;
        Messages = messages;
        HasPsk = messages.Any(m => m.Tokens.Contains(NoiseToken.Psk));
    }

    /// <summary>
    /// What KillaBeez uses: the initiator knows whom it calls and proves itself in the first message, encrypted.
    /// </summary>
    public static HandshakePattern IK { get; } = Parse("IK", """
        <- s
        ...
        -> e, es, s, ss
        <- e, ee, se
        """);

    /// <summary>The name with its modifiers, such as IK or NNpsk0+psk2.</summary>
    public string Name { get; }

    public IReadOnlyList<HandshakeMessage> PreMessages { get; }

    public IReadOnlyList<HandshakeMessage> Messages { get; }

    /// <summary>Whether ephemeral keys are mixed into the key as well (rev 34, 9.2).</summary>
    public bool HasPsk { get; }

    /// <summary>Whether only the initiator ever sends.</summary>
    public bool IsOneWay => Messages.All(m => m.FromInitiator);

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="FormatException">The text is not in the notation.</exception>
    public static HandshakePattern Parse(string name, string text)
    {
        List<HandshakeMessage> pre = [];
        List<HandshakeMessage> messages = [];
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line == "...")
            {
                pre = messages;
                messages = [];
            }
            else
            {
                messages.Add(ParseMessage(line));
            }
        }

        return new HandshakePattern(name, pre, messages);
    }

    /// <summary>
    /// This pattern with modifiers such as "psk2" or "psk0+psk2": psk0 stands first in the first message, psk1 last
    /// in the first, psk2 last in the second and so on (rev 34, 9.4).
    /// </summary>
    public HandshakePattern WithModifiers(string modifiers)
    {
        var messages = Messages.Select(m => m.Tokens.ToList()).ToList();
        foreach (var modifier in modifiers.Split('+'))
        {
            if (!modifier.StartsWith("psk", StringComparison.Ordinal)
                || !int.TryParse(modifier.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
                || position > messages.Count)
            {
                throw new FormatException($"'{modifier}' is no modifier of the pattern {Name}.");
            }

            if (position == 0)
            {
                messages[0].Insert(0, NoiseToken.Psk);
            }
            else
            {
                messages[position - 1].Add(NoiseToken.Psk);
            }
        }

        return new HandshakePattern(Name + modifiers, PreMessages, [.. Messages.Select((m, i) => new HandshakeMessage(m.FromInitiator, messages[i]))]);
    }

    private static HandshakeMessage ParseMessage(string line)
    {
        var fromInitiator = line.StartsWith("->", StringComparison.Ordinal);
        if (!fromInitiator && !line.StartsWith("<-", StringComparison.Ordinal))
        {
            throw new FormatException($"'{line}' begins with no arrow.");
        }

        var tokens = line[2..].Split(',', StringSplitOptions.TrimEntries).Select(ParseToken).ToArray();
        return new HandshakeMessage(fromInitiator, tokens);
    }

    private static NoiseToken ParseToken(string token) => token switch
    {
        "e" => NoiseToken.E,
        "s" => NoiseToken.S,
        "ee" => NoiseToken.Ee,
        "es" => NoiseToken.Es,
        "se" => NoiseToken.Se,
        "ss" => NoiseToken.Ss,
        "psk" => NoiseToken.Psk,
        _ => throw new FormatException($"'{token}' is no token of the Noise pattern language."),
    };
}
