using System.Net;
using System.Text;
using KillaBeez.Fuzz.Tests.Fuzzing;
using KillaBeez.Fuzz.Tests.Parsers;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Tests.Ice;

namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>What can be done to an ICE agent.</summary>
internal enum IceOperation : byte
{
    Check,
    Answer,
    Raw,
    RemoteCandidate,
    LocalCandidate,
    Describe,
    EndOfCandidates,
    Role,
    Restart,
    Traffic,
    Time,
    Deadline,
    Close,
    Line,
    Replay,
    ForgedCheck,
}

/// <summary>An agent whose peer may say anything, with the right credentials or without, from any address.</summary>
internal sealed class IceWorld : EngineWorld
{
    private const int OperationMask = 15;
    private const int MaxPolls = 256;
    private const int MaxRemembered = 32;
    private const int MaxRestarts = 64;

    private static readonly TransportAddress[] Locals =
        [Parse("10.0.0.1:5000"), Parse("[2001:db8::1]:5000"), Parse("10.0.0.9:5009"), Parse("127.0.0.1:5001")];

    private static readonly TransportAddress[] Remotes =
        [Parse("10.0.0.2:6000"), Parse("10.0.0.3:6000"), Parse("[2001:db8::2]:6000"), Parse("127.0.0.1:7"), Parse("224.0.0.1:9"), Parse("255.255.255.255:9"), Parse("0.0.0.0:0"), Parse("203.0.113.9:40000")];

    private static readonly IceCredentials Peer = IceCredentials.Create("peer", "peerpasswordpeerpassword");

    private readonly IceAgent _agent;
    private readonly byte[] _buffer = new byte[IceAgent.MinTransmitBytes];
    private readonly List<(NetworkPath Path, StunTransactionId Id)> _requests = [];

    /// <summary>Addresses that the agent has a reason to send to: signalled ones, and those of authentic checks.</summary>
    private readonly HashSet<TransportAddress> _known = [];

    private readonly Instant _startedAt;
    private (NetworkPath Path, byte[] Datagram)? _last;
    private int _restarts;
    private int _roleChanges;
    private ulong _seen;

    public IceWorld(byte options)
    {
        _agent = new IceAgent(new IceOptions { AllowLoopback = (options & 1) != 0 }, new SeededRandomSource(options));
        _agent.SetRole(Now, (options & 2) != 0 ? IceRole.Controlling : IceRole.Controlled);
        _agent.AddLocalCandidate(Now, IceCandidate.Host(Locals[0]));
        _startedAt = Now;
    }

    public override void Step(byte operation, scoped ref Arguments arguments)
    {
        switch ((IceOperation)(operation & OperationMask))
        {
            case IceOperation.Check: Check(ref arguments); break;
            case IceOperation.ForgedCheck: ForgedCheck(ref arguments); break;
            case IceOperation.Answer: Answer(ref arguments); break;
            case IceOperation.Raw: Raw(ref arguments); break;
            case IceOperation.Replay: Feed(_last?.Path ?? PathOf(arguments.Byte()), _last?.Datagram ?? []); break;
            case IceOperation.RemoteCandidate: AddRemote(ref arguments); break;
            case IceOperation.LocalCandidate: AddLocal(arguments.Byte()); break;
            case IceOperation.Describe: _agent.SetRemoteCredentials(Now, Peer, arguments.Flag()); break;
            case IceOperation.EndOfCandidates: _agent.SetEndOfRemoteCandidates(Now); break;
            case IceOperation.Role: _roleChanges++; _agent.SetRole(Now, arguments.Flag() ? IceRole.Controlling : IceRole.Controlled); break;
            case IceOperation.Restart: Restart(); break;
            case IceOperation.Traffic: _agent.NoteAuthenticTraffic(Now, PathOf(arguments.Byte())); break;
            case IceOperation.Time: Pass(arguments.UInt16()); break;
            case IceOperation.Deadline: PassTo(_agent.NextTimeout); break;
            case IceOperation.Close: _agent.Close(Now); break;
            case IceOperation.Line: AddLine(arguments.Rest); break;
        }
    }

    public override void Settle(ref Outcome outcome)
    {
        Serve(() => _agent.NextTimeout, _agent.HandleTimeout, Drain);
        CheckLimits();
        outcome.AddSet(_seen);
        outcome.AddToSet((int)_agent.State + 32);
        outcome.AddToSet((int)_agent.Role + 44);
        outcome.AddToSet(_agent.Selected is null ? 46 : 47);
        outcome.AddToSet(48 + Math.Min(_agent.Pairs.Count, 10));
        outcome.AddToSet(_agent.Statistics.RoleConflicts > 0 ? 60 : 61);
        outcome.AddToSet(_agent.Statistics.LimitDrops > 0 ? 62 : 63);
    }

    public override void Dispose()
    {
        // The agent holds no buffers.
    }

    private static TransportAddress Parse(string text) => TransportAddress.From(IPEndPoint.Parse(text));

    /// <summary>The low bits choose the local end, the next ones the remote; the highest moves the remote port.</summary>
    private static NetworkPath PathOf(byte choice)
    {
        var remote = Remotes[(choice >> 2) % Remotes.Length];
        if ((choice & 0xE0) != 0)
        {
            Span<byte> address = stackalloc byte[16];
            var bytes = remote.WriteAddress(address);
            var port = (ushort)(remote.Port + (choice >> 5));
            remote = remote.IsIPv6 ? TransportAddress.FromIPv6(address[..bytes], port) : TransportAddress.FromIPv4(address[..bytes], port);
        }

        return new NetworkPath(Locals[choice & 3], remote);
    }

    /// <summary>A host's socket of UDP, or one of TCP that waits or calls.</summary>
    private void AddLocal(byte choice)
    {
        var address = Locals[choice % Locals.Length];
        _agent.AddLocalCandidate(Now, (choice >> 2) switch
        {
            1 => IceCandidate.TcpPassive(address),
            2 => IceCandidate.TcpActive(address),
            _ => IceCandidate.Host(address),
        });
    }

    private void Feed(NetworkPath path, byte[] datagram)
    {
        _last = (path, datagram);
        FedBytes += datagram.Length;
        var requests = _agent.Statistics.RequestsReceived;
        _agent.HandleDatagram(Now, path, datagram);
        if (_agent.Statistics.RequestsReceived > requests)
        {
            _known.Add(path.Remote);
        }
    }

    private void Check(scoped ref Arguments arguments)
    {
        var path = PathOf(arguments.Byte());
        var flags = arguments.Byte();
        path = (flags & 16) != 0 ? new NetworkPath(path.Local.AsTcp(), path.Remote.AsTcp()) : path;
        var check = StunForge.Check(
            _agent,
            isControlling: (flags & 1) == 0,
            useCandidate: (flags & 2) != 0,
            priority: arguments.UInt32(),
            tieBreaker: (flags & 4) != 0 ? ulong.MaxValue : 1,
            unknown: (flags & 8) != 0 ? [0x7000, 0x7001, 0x7002] : null,
            id: new StunTransactionId(arguments.UInt16(), 9));
        Feed(path, check);
    }

    private void ForgedCheck(scoped ref Arguments arguments)
    {
        var path = PathOf(arguments.Byte());
        var datagram = arguments.Byte() switch
        {
            0 => StunForge.Check(_agent, password: "not the password at all", useCandidate: true),
            1 => StunForge.Check(_agent, ufrag: "strange"),
            2 => StunForge.Check(_agent, hasFingerprint: false),
            _ => StunForge.Check(_agent, ufrag: _agent.LocalCredentials.Ufrag[..^1]),
        };
        var known = _agent.Statistics.RequestsReceived;
        Feed(path, datagram);
        OracleException.Require(_agent.Statistics.RequestsReceived == known, "a forged check counts as received");
    }

    private void Answer(scoped ref Arguments arguments)
    {
        if (_requests.Count == 0)
        {
            return;
        }

        var (path, id) = _requests[^(1 + (arguments.Byte() % _requests.Count))];
        var kind = arguments.Byte();
        var via = arguments.AtEnd ? path : PathOf(arguments.Byte());
        var password = (kind & 0x80) != 0 ? "not the password at all" : Peer.Password;
        var datagram = (kind & 7) switch
        {
            0 or 1 => StunForge.Success(id, (kind & 8) != 0 ? Remotes[7] : path.Local, password),
            2 => StunForge.Error(id, new StunErrorCode(487), password),
            3 => StunForge.Error(id, new StunErrorCode(400), password),
            4 => StunForge.Error(id, new StunErrorCode(487), password: null),
            5 => StunForge.Error(id, new StunErrorCode(401), password: null),
            6 => StunForge.Error(id, new StunErrorCode(420), password),
            _ => StunForge.Success(new StunTransactionId(id.High ^ 1, id.Low), path.Local, password),
        };
        Feed(via, datagram);
    }

    private void Raw(scoped ref Arguments arguments)
    {
        var path = PathOf(arguments.Byte());
        var key = arguments.Flag() ? Peer.Password : _agent.LocalCredentials.Password;
        Feed(path, StunRepair.Repair(arguments.Rest.ToArray(), Encoding.ASCII.GetBytes(key)));
    }

    private void AddRemote(scoped ref Arguments arguments)
    {
        var path = PathOf(arguments.Byte());
        var flags = arguments.Byte();
        var isTcp = (flags & 32) != 0;
        AddRemote((isTcp ? IceCandidate.TcpPassive(path.Remote) : IceCandidate.Host(path.Remote)) with
        {
            Type = (IceCandidateType)(flags & 3),
            Priority = arguments.UInt32(),
            Ufrag = (flags & 4) != 0 ? Peer.Ufrag : (flags & 8) != 0 ? "other" : null,
            Component = (flags & 16) != 0 ? 2 : 1,
        });
    }

    private void AddRemote(IceCandidate candidate)
    {
        _known.Add(candidate.Address);
        FedBytes += 128;
        _agent.AddRemoteCandidate(Now, candidate);
    }

    private void AddLine(ReadOnlySpan<byte> line)
    {
        if (IceCandidateLine.TryParse(Encoding.UTF8.GetString(line), out var candidate, out _))
        {
            AddRemote(candidate!);
        }
    }

    private void Restart()
    {
        if (_restarts < MaxRestarts)
        {
            _restarts++;
            _agent.Restart(Now);
        }
    }

    private void Drain()
    {
        var polls = 0;
        while (_agent.TryPollTransmit(Now, _buffer, out var written, out var path))
        {
            OracleException.Require(++polls < MaxPolls, "TryPollTransmit does not end");
            OracleException.Require(_known.Contains(path.Remote), "a datagram goes to an address that nobody signalled and that never proved itself");
            OracleException.Require(IceAddressPolicy.IsAllowed(path.Remote, allowLoopback: true) || _agent.Statistics.ResponsesSent > 0, "a check goes to a forbidden address");
            var parsed = StunMessage.TryParse(_buffer.AsSpan(0, written), out var message, out _);
            OracleException.Require(parsed, "a datagram of ours does not parse");
            _seen |= 1UL << (int)message.Type.Class;
            if (message.Type == StunMessageType.BindingRequest)
            {
                _requests.Add((path, message.TransactionId));
            }
        }

        if (_requests.Count > MaxRemembered)
        {
            _requests.RemoveRange(0, _requests.Count - MaxRemembered);
        }

        polls = 0;
        while (_agent.TryPollEvent(out var e))
        {
            OracleException.Require(++polls < MaxPolls, "TryPollEvent does not end");
            _seen |= 1UL << (8 + (int)e.Kind);
        }
    }

    private void CheckLimits()
    {
        OracleException.RequireAtMost(_agent.Pairs.Count, IceLimits.MaxPairs, "pairs");
        OracleException.RequireAtMost(_agent.RemoteCandidates.Count, IceLimits.MaxRemoteCandidates + IceLimits.MaxPeerReflexiveCandidates, "remote candidates");
        OracleException.RequireAtMost(_agent.LocalCandidates.Count, IceLimits.MaxLocalCandidates, "local candidates");
        for (var i = 1; i < _agent.Pairs.Count; i++)
        {
            OracleException.Require(_agent.Pairs[i - 1].Priority >= _agent.Pairs[i].Priority, "pairs are out of order");
        }

        var isWorking = _agent.State is IceState.Connected or IceState.Completed or IceState.Disconnected;
        OracleException.Require(isWorking == _agent.Selected is not null, "a pair is selected exactly while there is a connection");
        OracleException.RequireAtMost(_agent.Statistics.ResponsesSent, _agent.Statistics.RequestsReceived, "answers");

        // A burst after each start, then one check per Ta; what the peer asks for may be answered by one probe each.
        var elapsed = (Now - _startedAt).TotalMilliseconds;
        OracleException.RequireAtMost(
            _agent.Statistics.RequestsSent,
            (32L * (1 + _restarts + _roleChanges)) + (long)(elapsed / 40) + (2 * _agent.Statistics.RequestsReceived),
            "requests sent");
    }
}
