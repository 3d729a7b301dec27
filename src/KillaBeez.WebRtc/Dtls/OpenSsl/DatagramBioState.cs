using System.Runtime.InteropServices;

namespace KillaBeez.WebRtc.Dtls.OpenSsl;

/// <summary>
/// What the BIO's callbacks and the engine share, in native memory so that a callback needs no GC handle. All
/// calls come from the one thread that is inside the engine.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DatagramBioState
{
    private const int LengthPrefixBytes = sizeof(int);
    private const int FirstQueueBytes = 4096;

    /// <summary>The datagram to be read next; null when there is none.</summary>
    public byte* Incoming;

    public int IncomingBytes;

    /// <summary>Whether the BIO's retry flag is set, so that it is cleared only when it has to be.</summary>
    public int RetryFlagged;

    /// <summary>Where a record goes that is being sealed: straight into the caller's datagram.</summary>
    public byte* Direct;

    public int DirectCapacity;

    public int DirectBytes;

    /// <summary>The first retransmission timeout, for OpenSSL's timer callback.</summary>
    public uint FirstTimeoutUs;

    /// <summary>Handshake datagrams not yet polled: length, bytes, length, bytes, ...</summary>
    private byte* _queue;

    private int _queueCapacity;
    private int _queueHead;
    private int _queueTail;

    public readonly bool HasQueued => _queueTail > _queueHead;

    /// <summary>Takes one datagram from OpenSSL; false where it must be dropped, as the network may.</summary>
    public bool TryAccept(byte* datagram, int length)
    {
        if (Direct is not null && DirectBytes == 0 && length <= DirectCapacity)
        {
            new ReadOnlySpan<byte>(datagram, length).CopyTo(new Span<byte>(Direct, DirectCapacity));
            DirectBytes = length;
            return true;
        }

        if (!TryReserve(LengthPrefixBytes + length))
        {
            return false;
        }

        *(int*)(_queue + _queueTail) = length;
        new ReadOnlySpan<byte>(datagram, length).CopyTo(new Span<byte>(_queue + _queueTail + LengthPrefixBytes, length));
        _queueTail += LengthPrefixBytes + length;
        return true;
    }

    /// <summary>Takes the oldest queued datagram; one that does not fit into the destination is lost.</summary>
    public bool TryDequeue(Span<byte> destination, out int written)
    {
        written = 0;
        while (_queueHead < _queueTail)
        {
            var length = *(int*)(_queue + _queueHead);
            var datagram = new ReadOnlySpan<byte>(_queue + _queueHead + LengthPrefixBytes, length);
            _queueHead += LengthPrefixBytes + length;
            if (datagram.TryCopyTo(destination))
            {
                written = length;
                return true;
            }
        }

        // Idle associations hold no queue: the handshake is over and alerts are rare.
        NativeMemory.Free(_queue);
        _queue = null;
        _queueCapacity = _queueHead = _queueTail = 0;
        return false;
    }

    public static void Free(DatagramBioState* state)
    {
        if (state is not null)
        {
            NativeMemory.Free(state->_queue);
            NativeMemory.Free(state);
        }
    }

    private bool TryReserve(int bytes)
    {
        if (_queueTail + bytes <= _queueCapacity)
        {
            return true;
        }

        var needed = _queueTail + bytes;
        if (needed > DtlsLimits.MaxQueuedHandshakeBytes)
        {
            return false;
        }

        var capacity = Math.Max(FirstQueueBytes, _queueCapacity);
        while (capacity < needed)
        {
            capacity *= 2;
        }

        _queue = (byte*)NativeMemory.Realloc(_queue, (nuint)capacity);
        _queueCapacity = capacity;
        return true;
    }
}
