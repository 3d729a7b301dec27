namespace KillaBeez.Swarm.Signaling.Exchange;

/// <summary>What a signal exchange refuses, and why. Each has a name on the wire; see docs/protocol/signals.md.</summary>
internal enum ExchangeErrorCode
{
    /// <summary>A name that this version does not know.</summary>
    Other,

    /// <summary>Nobody is subscribed with the key that the signal is for.</summary>
    UnknownKey,

    /// <summary>The subscription was signed for another server.</summary>
    WrongServer,

    /// <summary>A signature is not the claimed key's.</summary>
    BadSignature,

    /// <summary>The signal's life is over (or the sender's clock is slow).</summary>
    Expired,

    /// <summary>The signal comes from the future (the sender's clock is fast), or lives too long.</summary>
    BadTimes,

    /// <summary>The exchange has carried this signal before.</summary>
    Replayed,

    /// <summary>Too many signals of this key; wait and send a new one.</summary>
    RateLimited,

    /// <summary>The signal names another sender than the subscribed key, or its sender as receiver.</summary>
    NotYours,

    /// <summary>The message is no message of this protocol. The socket is closed.</summary>
    Malformed,

    /// <summary>The message is longer than allowed. The socket is closed.</summary>
    TooLarge,

    /// <summary>Something was asked before subscribing. The socket is closed.</summary>
    NotSubscribed,

    /// <summary>No subscription came in time, or nothing was heard for too long. The socket is closed.</summary>
    TimedOut,

    /// <summary>Too many messages on one socket. The socket is closed.</summary>
    TooManyMessages,

    /// <summary>Another node has subscribed with the same key, or the key on too many newer sockets. The socket is closed.</summary>
    Superseded,

    /// <summary>The exchange is at one of its limits; try again later.</summary>
    Overloaded,

    /// <summary>The exchange is being stopped. The socket is closed.</summary>
    Stopping,

    /// <summary>The protocol version is not spoken here. The socket is closed.</summary>
    UnsupportedVersion,
}

/// <summary>The names of the codes on the wire.</summary>
internal static class ExchangeErrorCodes
{
    private static readonly (ExchangeErrorCode Code, string Name)[] s_names =
    [
        (ExchangeErrorCode.UnknownKey, "unknown-key"),
        (ExchangeErrorCode.WrongServer, "wrong-server"),
        (ExchangeErrorCode.BadSignature, "bad-signature"),
        (ExchangeErrorCode.Expired, "expired"),
        (ExchangeErrorCode.BadTimes, "bad-times"),
        (ExchangeErrorCode.Replayed, "replayed"),
        (ExchangeErrorCode.RateLimited, "rate-limited"),
        (ExchangeErrorCode.NotYours, "not-yours"),
        (ExchangeErrorCode.Malformed, "malformed"),
        (ExchangeErrorCode.TooLarge, "too-large"),
        (ExchangeErrorCode.NotSubscribed, "not-subscribed"),
        (ExchangeErrorCode.TimedOut, "timed-out"),
        (ExchangeErrorCode.TooManyMessages, "too-many-messages"),
        (ExchangeErrorCode.Superseded, "superseded"),
        (ExchangeErrorCode.Overloaded, "overloaded"),
        (ExchangeErrorCode.Stopping, "stopping"),
        (ExchangeErrorCode.UnsupportedVersion, "unsupported-version"),
        (ExchangeErrorCode.Other, "other"),
    ];

    public static string ToWire(this ExchangeErrorCode code)
    {
        foreach (var (candidate, name) in s_names)
        {
            if (candidate == code)
            {
                return name;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(code));
    }

    public static ExchangeErrorCode FromWire(string name)
    {
        foreach (var (code, candidate) in s_names)
        {
            if (candidate == name)
            {
                return code;
            }
        }

        return ExchangeErrorCode.Other;
    }
}
