using System.Globalization;

namespace KillaBeez.Swarm.Signaling.Exchange.Client;

/// <summary>What a client knows of its own clock from an exchange.</summary>
internal sealed record ExchangeClock
{
    /// <summary>How far the exchange's clock is ahead of this node's.</summary>
    public required long ExchangeAheadMs { get; init; }

    /// <summary>How wrong that may be: half of the time the question took.</summary>
    public required long UncertaintyMs { get; init; }

    /// <summary>How far the clocks of the exchange's clients are ahead of this node's, by their median; null where it does not say.</summary>
    public required long? ClientsAheadMs { get; init; }

    /// <summary>Whether this node's clock and the exchange's are further apart than two nodes' may be.</summary>
    public bool Differs => IsFar(ExchangeAheadMs);

    /// <summary>Whether the exchange's clients agree with the exchange, and so say that this node is wrong.</summary>
    public bool IsNodeWrong => Differs && ClientsAheadMs is { } clients && !IsFar(clients - ExchangeAheadMs);

    /// <summary>Whether the exchange's clients agree with this node, and so say that the exchange is wrong.</summary>
    public bool IsExchangeWrong => Differs && ClientsAheadMs is { } clients && !IsFar(clients);

    /// <summary>Who is wrong by how much and what to do about it, for people; null where the clocks agree.</summary>
    /// <param name="serverName">The exchange.</param>
    /// <param name="nowUnixMs">This node's clock.</param>
    public string? Describe(string serverName, long nowUnixMs)
    {
        if (!Differs)
        {
            return null;
        }

        var apart = ClockText.Ahead(-ExchangeAheadMs);
        if (IsNodeWrong)
        {
            return $"The clock of this node is {apart} those of the exchange {serverName} and its clients: set it, or calls will fail. It says {Utc(nowUnixMs)}.";
        }

        if (IsExchangeWrong)
        {
            return $"The clock of the exchange {serverName} is {ClockText.Ahead(ExchangeAheadMs)} this node's and its other clients': whoever runs it should set it. Calls do not depend on it.";
        }

        var clients = ClientsAheadMs is { } ahead ? $" and {ClockText.Ahead(-ahead)} those of its clients" : "";
        return $"The clock of this node is {apart} that of the exchange {serverName}{clients}: one of them is wrong. "
            + $"This node's says {Utc(nowUnixMs)}; set it if that is wrong, since nodes whose clocks differ by more than {ClockText.Limit} cannot call each other.";
    }

    private static string Utc(long unixMs)
    {
        // A clock beyond year 9999 is shown as that.
        var shown = Math.Clamp(unixMs, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds());
        return DateTimeOffset.FromUnixTimeMilliseconds(shown).ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
    }

    private bool IsFar(long differenceMs) => Math.Abs(differenceMs) > SignalLimits.ClockSkewMs + UncertaintyMs;
}
