using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

internal enum SimMessageKind
{
    Handshake1,
    Handshake2,

    /// <summary>Only with rule R3 switched off: the initiator's Hello, written when it is sent.</summary>
    LateHello,
    Transport,
}

internal sealed record SimMessage(SimMessageKind Kind, byte[] Bytes);

/// <summary>
/// One link attempt between the two nodes: two FIFO queues. Once dead it carries nothing new, but what is in
/// flight may still be read, and each end notices in its own time.
/// </summary>
internal sealed class SimLink(long id, int initiator)
{
    private readonly Queue<SimMessage>[] _toNode = [new(), new()];
    private readonly bool[] _closedAt = [false, false];

    public LinkId Id { get; } = new(id);

    public int Initiator { get; } = initiator;

    /// <summary>Carries nothing any more.</summary>
    public bool IsDead { get; set; }

    /// <summary>A frozen direction accepts messages and delivers none, while the link looks alive.</summary>
    public bool[] Frozen { get; } = [false, false];

    /// <summary>A replayed message 1: nobody is at the initiator's end.</summary>
    public bool IsReplay { get; init; }

    public Queue<SimMessage> To(int node) => _toNode[node];

    public bool IsClosedAt(int node) => _closedAt[node];

    public void CloseAt(int node)
    {
        _closedAt[node] = true;
        _toNode[node].Clear();
    }

    public bool IsOver => _closedAt[0] && _closedAt[1];

    /// <summary>Whether this end could learn that the link is over.</summary>
    public bool CanNotice(int node) => !_closedAt[node] && (IsDead || _closedAt[1 - node]);
}
