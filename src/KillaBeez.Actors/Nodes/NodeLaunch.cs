using KillaBeez.Actors.Transport;

namespace KillaBeez.Actors.Nodes;

/// <summary>
/// What a guardian is made with: the rest of the node, once that is there. The guardian is there first, so that it can be
/// told what to do at once, and again after each restart. Thread-safe.
/// </summary>
internal sealed class NodeLaunch
{
    private readonly Lock _lock = new();
    private NodeParts? _parts;
    private bool _hasEnded;

    /// <summary>Null while sockets and keys are being made.</summary>
    public NodeParts? Parts
    {
        get
        {
            lock (_lock)
            {
                return _parts;
            }
        }
    }

    /// <summary>The rest is there; false where the guardian has ended meanwhile.</summary>
    public bool TryComplete(NodeParts parts)
    {
        lock (_lock)
        {
            _parts = parts;
            return !_hasEnded;
        }
    }

    /// <summary>The guardian has ended, and with it everything below.</summary>
    public void End()
    {
        NodeParts? parts;
        lock (_lock)
        {
            _hasEnded = true;
            parts = _parts;
        }

        parts?.Node.OnGuardianEnded();
    }
}

/// <summary>What a guardian needs of its node.</summary>
/// <param name="Node">The handle that the application has.</param>
/// <param name="Environment">What its actors take from outside.</param>
/// <param name="Events">Who tells the application.</param>
/// <param name="Directory">Where the application reads who is connected.</param>
internal sealed record NodeParts(SwarmNode Node, SwarmEnvironment Environment, SwarmEventHub Events, PeerDirectory Directory);
