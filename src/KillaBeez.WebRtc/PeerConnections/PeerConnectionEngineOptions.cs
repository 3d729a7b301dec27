using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>What a connection's engine is made of.</summary>
internal sealed record PeerConnectionEngineOptions
{
    public IceOptions Ice { get; init; } = IceOptions.Default;

    public DataChannelTransportOptions Channels { get; init; } = new();

    /// <summary>The SHA-256 of our own certificate, 32 bytes.</summary>
    public required ReadOnlyMemory<byte> LocalFingerprint { get; init; }

    /// <summary>Makes the DTLS association; called once.</summary>
    public required Func<Dtls.IDtlsEngine> CreateDtls { get; init; }

    /// <summary>The largest message we take and send, in bytes.</summary>
    public int MaxMessageBytes { get; init; } = 256 * 1024;

    /// <summary>Whether candidates are signalled one by one instead of inside the descriptions.</summary>
    public bool TrickleCandidates { get; init; }
}
