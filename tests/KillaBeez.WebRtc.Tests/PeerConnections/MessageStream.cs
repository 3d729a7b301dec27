using System.Buffers.Binary;

namespace KillaBeez.WebRtc.Tests.PeerConnections;

/// <summary>
/// The messages of a test transfer: each follows from its number and the seed, so that the receiver can check
/// content, order and count without keeping them.
/// </summary>
internal sealed class MessageStream
{
    private const int NoiseBytes = 1024 * 1024;
    private static readonly byte[] Noise = MakeNoise();

    private readonly int _minBytes;
    private readonly int _maxBytes;
    private readonly long _totalBytes;
    private readonly SeededRandomSource _random;
    private readonly byte[] _message;
    private long _made;

    public MessageStream(ulong seed, int minBytes, int maxBytes, long totalBytes)
    {
        _random = new SeededRandomSource(seed);
        (_minBytes, _maxBytes, _totalBytes) = (minBytes, maxBytes, totalBytes);
        _message = new byte[maxBytes];
    }

    public int Count { get; private set; }

    public bool IsAtEnd => _made >= _totalBytes;

    /// <summary>The next message; valid until the call after it.</summary>
    public ReadOnlySpan<byte> Next()
    {
        var bytes = _random.NextInt32(_minBytes, _maxBytes + 1);
        bytes = (int)Math.Min(bytes, Math.Max(_totalBytes - _made, _minBytes));
        var message = _message.AsSpan(0, bytes);
        Noise.AsSpan(_random.NextInt32(0, NoiseBytes - _maxBytes), bytes).CopyTo(message);
        if (bytes >= sizeof(int))
        {
            BinaryPrimitives.WriteInt32BigEndian(message, Count);
        }

        Count++;
        _made += Math.Max(bytes, 1);
        return message;
    }

    private static byte[] MakeNoise()
    {
        var noise = new byte[NoiseBytes];
        new SeededRandomSource(1).Fill(noise);
        return noise;
    }
}
