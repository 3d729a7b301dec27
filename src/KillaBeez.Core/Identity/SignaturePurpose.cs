namespace KillaBeez;

/// <summary>
/// The closed list of what a node signs. Each purpose has a domain string of its own, so that a signature made
/// for one is worthless for every other.
/// </summary>
internal enum SignaturePurpose
{
    /// <summary>A sealed signal: who sent it, to whom, when, and its content.</summary>
    Signal,

    /// <summary>The answer to a signal exchange's challenge.</summary>
    ExchangeSubscribe,

    /// <summary>What a node tells its peers about whom it is connected to.</summary>
    NetworkMap,
}

/// <summary>The bytes that are signed: <c>"killabeez/1/&lt;purpose&gt;" || 0x00 || canonical bytes</c>.</summary>
internal static class SignatureDomain
{
    /// <summary>The domain string of a purpose with its closing zero byte.</summary>
    public static ReadOnlySpan<byte> Prefix(SignaturePurpose purpose) => purpose switch
    {
        SignaturePurpose.Signal => "killabeez/1/signal\0"u8,
        SignaturePurpose.ExchangeSubscribe => "killabeez/1/exchange-subscribe\0"u8,
        SignaturePurpose.NetworkMap => "killabeez/1/network-map\0"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(purpose)),
    };
}
