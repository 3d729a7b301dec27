using System.Net;
using System.Security.Cryptography;
using System.Text;
using KillaBeez.Fuzz.Tests.Fuzzing;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.PeerConnections;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Tests.PeerConnections;

namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>
/// A whole connection but for sockets and cryptography, with a real engine at the other end, and somebody on the
/// path who holds every key: datagrams are dropped, repeated, changed and made up at each layer.
/// </summary>
internal sealed partial class PeerConnectionWorld : EngineWorld
{
    private const int MaxPolls = 4096;
    private const int MaxOnWire = 128;
    private const int MaxHandles = 64;

    private static readonly TransportAddress Here = TransportAddress.From(IPEndPoint.Parse("192.0.2.1:5001"));
    private static readonly TransportAddress There = TransportAddress.From(IPEndPoint.Parse("192.0.2.2:5002"));
    private static readonly TransportAddress Stranger = TransportAddress.From(IPEndPoint.Parse("203.0.113.66:6666"));

    private readonly PeerConnectionEngine _engine;
    private readonly PeerConnectionEngine _peer;
    private readonly List<byte[]> _toEngine = [];
    private readonly List<byte[]> _toPeer = [];
    private readonly List<ChannelHandle> _handles = [];
    private readonly List<ChannelHandle> _peerHandles = [];
    private readonly Queue<int> _unreleased = new();
    private readonly byte[] _buffer = new byte[2048];
    private byte[] _lastRecord = [];
    private bool _isReading = true;
    private bool _strangerIsAuthentic;
    private ulong _seen;

    public PeerConnectionWorld(byte options)
    {
        var random = new SeededRandomSource(options);
        _engine = Create("here", Here, options, random.Fork());
        _peer = Create("there", There, options, random.Fork());
    }

    public override void Settle(ref Outcome outcome)
    {
        Serve(() => _engine.NextTimeout, _engine.HandleTimeout, () => Drain(_engine));
        Serve(() => _peer.NextTimeout, _peer.HandleTimeout, () => Drain(_peer));
        CheckLimits();
        outcome.AddSet(_seen);
        outcome.AddToSet((int)_engine.State + 32);
        outcome.AddToSet((int)_engine.SignalingState + 40);
        outcome.AddToSet((int)_engine.CloseReason + 46);
        outcome.AddToSet((int)_engine.Channels.Association.State + 54);
        outcome.AddToSet(_engine.Channels.Association.HeldChunks > 0 ? 62 : 63);
    }

    public override void Dispose()
    {
        _engine.Dispose();
        _peer.Dispose();
    }

    private PeerConnectionEngine Create(string name, TransportAddress address, byte options, IRandomSource random)
    {
        var certificate = Encoding.UTF8.GetBytes($"certificate of {name}");
        var engine = new PeerConnectionEngine(
            new PeerConnectionEngineOptions
            {
                LocalFingerprint = SHA256.HashData(certificate),
                CreateDtls = () => new FakeDtlsEngine(certificate),
                TrickleCandidates = (options & 1) != 0,
                MaxMessageBytes = 32 * 1024,
                Channels = new DataChannelTransportOptions
                {
                    Sctp = new SctpOptions
                    {
                        MaxReceiveMessageBytes = 32 * 1024,
                        ReceiveWindowBytes = 256 * 1024,
                        RecognizeOwnStack = (options & 2) == 0,
                        AcceptZeroChecksum = (options & 4) == 0,
                    },
                    MaxSendMessageBytes = 32 * 1024,
                    ChannelSendBufferBytes = 256 * 1024,
                    TotalSendBufferBytes = 512 * 1024,
                    MaxChannels = 64,
                },
            },
            random);
        engine.AddLocalCandidate(Now, IceCandidate.Host(address));
        return engine;
    }

    private void Drain(PeerConnectionEngine engine)
    {
        DrainEvents(engine);
        engine.EndReceiveBatch(Now);
        var isOurs = ReferenceEquals(engine, _engine);
        var polls = 0;
        while (engine.TryPollTransmit(Now, _buffer, out var written, out var path))
        {
            OracleException.Require(++polls < MaxPolls, "TryPollTransmit does not end");
            OracleException.Require(!isOurs || path.Remote != Stranger || _strangerIsAuthentic, "a datagram goes to a stranger");
            var wire = isOurs ? _toPeer : _toEngine;
            if (wire.Count < MaxOnWire && (path.Remote == Here || path.Remote == There))
            {
                wire.Add(_buffer.AsSpan(0, written).ToArray());
            }
        }

        DrainEvents(engine);
        if (isOurs && engine.IsFinished)
        {
            OracleException.Require(!engine.TryPollTransmit(Now, _buffer, out _, out _), "a finished connection sends");
            OracleException.Require(engine.NextTimeout == Instant.Never, "a finished connection has a timer");
        }
    }

    private void DrainEvents(PeerConnectionEngine engine)
    {
        var isOurs = ReferenceEquals(engine, _engine);
        var polls = 0;
        while (engine.TryPollEvent(out var e))
        {
            OracleException.Require(++polls < MaxPolls, "TryPollEvent does not end");
            _seen |= isOurs ? 1UL << (int)e.Kind : 0;
            if (!isOurs && e.Candidate is { } line)
            {
                _engine.TryAddIceCandidate(Now, line);
            }
            else if (e.Candidate is { } ours)
            {
                _peer.TryAddIceCandidate(Now, ours);
            }
        }

        while (engine.TryPollChannelEvent(Now, out var e))
        {
            OracleException.Require(++polls < SctpLimits.MaxUnreleasedMessages, "TryPollChannelEvent does not end");
            TakeChannelEvent(engine, isOurs, e);
        }
    }

    private void TakeChannelEvent(PeerConnectionEngine engine, bool isOurs, in DataChannelEvent e)
    {
        _seen |= isOurs ? 1UL << (8 + (int)e.Kind) : 0;
        switch (e.Kind)
        {
            case DataChannelEventKind.ChannelOpened when e.IsRemote:
                Remember(isOurs ? _handles : _peerHandles, e.Channel);
                break;
            case DataChannelEventKind.Message:
                OracleException.RequireAtMost(e.Payload.Length, 32 * 1024, "bytes of a message");
                if (isOurs && !_isReading)
                {
                    _unreleased.Enqueue(e.Payload.Length);
                }
                else
                {
                    engine.Channels.ReleaseReceived(Now, e.Payload.Length);
                }

                e.Payload.Dispose();
                break;
        }
    }

    private static void Remember(List<ChannelHandle> handles, ChannelHandle handle)
    {
        handles.Add(handle);
        if (handles.Count > MaxHandles)
        {
            handles.RemoveAt(0);
        }
    }

    private void CheckLimits()
    {
        var association = _engine.Channels.Association;
        OracleException.RequireAtMost(association.ReceiveOccupiedBytes, (256 * 1024) + SctpLimits.MaxReceivedPacketBytes, "bytes held in the receive buffer");
        OracleException.RequireAtMost(association.HeldChunks, association.IsInterleaving ? SctpLimits.MaxInterleavedEntries : SctpLimits.MaxHeldChunks, "chunks held");
        OracleException.RequireAtMost(association.Sender.Queue.BufferedBytes, 512 * 1024 + (128 * 4096), "bytes in the send queue");
        if (association.State is not (SctpState.CookieWait or SctpState.CookieEchoed))
        {
            OracleException.RequireAtMost(association.QueuedEvents, 0, "events of the association that are not polled");
        }

        if (_engine.State is PeerConnectionState.Closed or PeerConnectionState.Failed)
        {
            OracleException.Require(_engine.IsFinished, "a connection that is over is not finished after polling");
        }
    }
}
