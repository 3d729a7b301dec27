using System.Buffers.Binary;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

/// <summary>An engine, and what the test knows of it beside.</summary>
internal sealed class SimNode(int index, SessionOptions options, IRandomSource random)
{
    private int _life;

    public int Index { get; } = index;

    public SessionOptions Options { get; } = options;

    public SessionEngine Engine { get; private set; } = new(options, random);

    /// <summary>The session of the last Started without an Ended.</summary>
    public SessionPair? Current { get; set; }

    public int Delivered { get; set; }

    public bool IsPeerClosing { get; set; }

    public bool WantsLink { get; set; }

    public int Life => _life;

    public Instant RestartedAt { get; private set; } = new(-1);

    /// <summary>The number of frames written to each session of this node.</summary>
    public Dictionary<SessionPair, List<int>> Written { get; } = [];

    /// <summary>How each session of this node ended, and when.</summary>
    public Dictionary<SessionPair, (SessionEndCode Code, Instant At, int Delivered)> Ended { get; } = [];

    public SessionPair? LastEnded { get; set; }

    public List<SessionEvent> Events { get; } = [];

    public void Restart(Instant now)
    {
        Engine.Dispose();
        Engine = new SessionEngine(Options, random);
        Current = null;
        IsPeerClosing = false;
        RestartedAt = now;
        _life++;
    }

    public bool TryWrite(Instant now, int length)
    {
        if (Engine.Current is not { } session)
        {
            return false;
        }

        var lengths = Written.TryGetValue(session, out var known) ? known : Written[session] = [];
        var frame = new byte[length];
        Fill(frame, session, lengths.Count);
        if (!Engine.TryWrite(now, frame))
        {
            return false;
        }

        lengths.Add(length);
        return true;
    }

    /// <summary>The content of a frame follows from its session, as the writer names it, and its number.</summary>
    public static void Fill(Span<byte> frame, SessionPair session, int number)
    {
        Span<byte> stamp = stackalloc byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(stamp, (session.Own.Value ^ (ulong)number) * 0x9E3779B97F4A7C15);
        BinaryPrimitives.WriteUInt64LittleEndian(stamp[8..], session.Own.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(stamp[16..], session.Peer.Value + (ulong)number);
        var head = Math.Min(frame.Length, stamp.Length);
        stamp[..head].CopyTo(frame);
        frame[^1] ^= (byte)number;
    }
}
