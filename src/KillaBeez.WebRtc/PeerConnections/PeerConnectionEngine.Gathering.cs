using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Sdp;

namespace KillaBeez.WebRtc.PeerConnections;

/// <content>The addresses under which this side is reached, as they come and go, and how the peer hears of them.</content>
internal sealed partial class PeerConnectionEngine
{
    private string? _signalledUfrag;
    private ParsedDescription? _describedLocal;
    private SessionDescription? _localDescription;

    /// <summary>Whether no more local candidates are expected.</summary>
    public bool HasEndOfLocalCandidates { get; private set; }

    /// <summary>The local description in force or proposed, with all candidates known by now, however they were signalled.</summary>
    public SessionDescription? LocalDescription
    {
        get
        {
            if (_signaling.Local is { } local && !ReferenceEquals(local, _describedLocal))
            {
                var complete = local.Content with { Candidates = _ice.LocalCandidates, HasEndOfCandidates = HasEndOfLocalCandidates };
                _describedLocal = local;
                _localDescription = local.Text with { Sdp = SdpWriter.Write(complete) };
            }

            return _signaling.Local is null ? null : _localDescription;
        }
    }

    private bool IsSignallingCandidates => _options.TrickleCandidates && _signalledUfrag == LocalUfrag;

    /// <summary>Enters an address of this side; at any time.</summary>
    public void AddLocalCandidate(Instant now, IceCandidate candidate)
    {
        _ice.AddLocalCandidate(now, candidate);
        _describedLocal = null;
        HandleIceEvents(now);
    }

    /// <summary>
    /// A socket is gone, with all its addresses. The connection goes on over another by itself where there is one;
    /// that both sides look anew is asked for in any case.
    /// </summary>
    public void RemoveLocalBase(Instant now, TransportAddress address)
    {
        _ice.RemoveLocalBase(now, address);
        _describedLocal = null;
        HandleIceEvents(now);
        if (_ice.RemoteCredentials is not null && !IsOver)
        {
            RestartIce();
        }
    }

    /// <summary>Every address is known.</summary>
    public void EndLocalCandidates()
    {
        if (HasEndOfLocalCandidates)
        {
            return;
        }

        HasEndOfLocalCandidates = true;
        _describedLocal = null;
        if (IsSignallingCandidates)
        {
            Signal(string.Empty);
        }
    }

    /// <summary>Nothing can be sent on this path: its socket says so.</summary>
    public void FailPath(Instant now, NetworkPath path)
    {
        _ice.PathFailed(now, path);
        HandleIceEvents(now);
    }

    /// <summary>What a name in a candidate stands for; null where it could not be found out.</summary>
    public void NameResolved(Instant now, string name, TransportAddress? address)
    {
        _ice.NameResolved(now, name, address);
        HandleIceEvents(now);
    }

    private void SignalCandidates()
    {
        if (_signalledUfrag == LocalUfrag)
        {
            // A further exchange without a restart: the peer has them.
            return;
        }

        _signalledUfrag = LocalUfrag;
        foreach (var candidate in _ice.LocalCandidates)
        {
            Signal(candidate.ToString());
        }

        if (HasEndOfLocalCandidates)
        {
            Signal(string.Empty);
        }
    }

    private void Signal(string candidate) =>
        _events.Enqueue(new PeerConnectionEvent(PeerConnectionEventKind.LocalCandidate, State, candidate));
}
