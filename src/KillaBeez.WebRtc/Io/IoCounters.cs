namespace KillaBeez.WebRtc.Io;

/// <summary>What the IO thread has done; written by it alone, read by anyone.</summary>
internal sealed class IoCounters
{
    private long _datagramsSent;
    private long _bytesSent;
    private long _sendCalls;
    private long _datagramsDropped;

    /// <summary>Receive calls that returned something.</summary>
    public long Receives { get; set; }

    public long DatagramsReceived { get; set; }

    /// <summary>Datagrams of unknown senders that are no check of ours either, or that no connection recognised.</summary>
    public long DatagramsUnroutable { get; set; }

    public long DatagramsSent => Volatile.Read(ref _datagramsSent);

    public long BytesSent => Volatile.Read(ref _bytesSent);

    /// <summary>System calls that sent; with segmentation offload far fewer than datagrams.</summary>
    public long SendCalls => Volatile.Read(ref _sendCalls);

    /// <summary>Datagrams that the kernel refused.</summary>
    public long DatagramsDropped => Volatile.Read(ref _datagramsDropped);

    public void Update(SendBatch batch)
    {
        Volatile.Write(ref _datagramsSent, batch.DatagramsSent);
        Volatile.Write(ref _bytesSent, batch.BytesSent);
        Volatile.Write(ref _sendCalls, batch.SystemCalls);
        Volatile.Write(ref _datagramsDropped, batch.DatagramsDropped);
    }
}
