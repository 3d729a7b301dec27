using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Tests.Ice;

/// <summary>Agents under calls in any order and datagrams from anywhere: nothing throws, spins or grows.</summary>
public sealed class IceInvariantTests
{
    [Fact]
    public void Agents_UnderRandomCalls_StayWithinTheirLimits()
    {
        foreach (var seed in SeedSweep.Of(150))
        {
            new Run(seed).Execute(steps: 300);
        }
    }

    private sealed class Run
    {
        private static readonly TransportAddress[] Addresses =
        [
            .. Enumerable.Range(1, 4).Select(i => IceNetwork.Parse($"10.0.0.{i}:5000")),
            .. Enumerable.Range(1, 4).Select(i => IceNetwork.Parse($"[2001:db8::{i}]:5000")),
            IceNetwork.Parse("127.0.0.1:1"),
            .. Enumerable.Range(1, 4).Select(i => IceNetwork.Parse($"tcp:10.0.0.{i}:{(i % 2 == 0 ? 9 : 7000)}")),
        ];

        private static readonly string[] Names =
            [.. Enumerable.Range(0, 12).Select(i => $"3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f{i:x4}.local"), "printer.local"];


        private readonly SeededRandomSource _random;
        private readonly ulong _seed;
        private readonly IceAgent[] _agents;
        private readonly List<(NetworkPath Path, byte[] Datagram)> _wire = [];
        private readonly Dictionary<IceAgent, HashSet<TransportAddress>> _bases = [];
        private readonly IcePolicy _policy;
        private Instant _now = Instant.FromElapsed(TimeSpan.FromSeconds(1));
        private string _step = "start";

        public Run(ulong seed)
        {
            _seed = seed;
            _random = new SeededRandomSource(seed);
            _policy = seed % 5 == 0 ? IcePolicy.Relay : IcePolicy.All;
            var options = new IceOptions { AllowLoopback = seed % 2 == 0, Policy = _policy };
            _agents = [new IceAgent(options, _random.Fork()), new IceAgent(options, _random.Fork())];
            foreach (var agent in _agents)
            {
                _bases[agent] = [];
            }
        }

        public void Execute(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                var agent = Pick(_agents);
                try
                {
                    Step(agent, Other(agent));
                    Settle(agent);
                }
                catch (Exception e) when (e is not Xunit.Sdk.XunitException)
                {
                    Assert.Fail($"seed {_seed}, step {i} ({_step}): {e}");
                }
            }
        }

        private void Step(IceAgent agent, IceAgent other)
        {
            var choice = _random.NextInt32(0, 100);
            (string Name, Action Action) call = choice switch
            {
                < 40 => ("deliver", () => Deliver(agent)),
                < 55 => ("time", () => PassTime(agent)),
                < 63 => ("local candidate", () => AddLocal(agent)),
                < 65 => ("base gone", () => RemoveBase(agent)),
                < 67 => ("path failed", () => agent.PathFailed(_now, _wire.Count > 0 && _random.Chance(0.5) ? Pick([.. _wire]).Path : RandomPath())),
                < 69 => ("name", () => agent.NameResolved(_now, Pick(Names), _random.Chance(0.5) ? Pick(Addresses) : null)),
                < 79 => ("remote candidate", () => agent.AddRemoteCandidate(_now, RandomCandidate(other))),
                < 88 => ("describe", () => Describe(agent, other)),
                < 90 => ("end of candidates", () => agent.SetEndOfRemoteCandidates(_now)),
                < 93 => ("role", () => agent.SetRole(_now, (IceRole)_random.NextInt32(0, 2))),
                < 96 => ("traffic", () => agent.NoteAuthenticTraffic(_now, RandomPath())),
                < 99 => ("restart", () => agent.Restart(_now)),
                _ => ("close", () => agent.Close(_now)),
            };
            _step = call.Name;
            call.Action();
        }

        private void Deliver(IceAgent agent)
        {
            if (_wire.Count == 0)
            {
                agent.HandleDatagram(_now, RandomPath(), StunForge.Check(agent, useCandidate: _random.Chance(0.5)));
                return;
            }

            var (path, datagram) = _wire[_random.NextInt32(0, _wire.Count)];
            var copy = datagram.ToArray();
            if (_random.Chance(0.1))
            {
                copy[_random.NextInt32(0, copy.Length)] ^= 0x40;
            }

            var arrives = _random.Chance(0.9) ? new NetworkPath(path.Remote, path.Local) : RandomPath();
            agent.HandleDatagram(_now, arrives, copy);
        }

        private void PassTime(IceAgent agent)
        {
            _now = _random.Chance(0.5) && agent.NextTimeout != Instant.Never
                ? Instant.Max(_now, agent.NextTimeout)
                : _now.AddMs(_random.NextInt32(0, 8000));
            agent.HandleTimeout(_now);
        }

        private void Describe(IceAgent agent, IceAgent other)
        {
            if (agent.RemoteCredentials is null || agent.RemoteCredentials == other.LocalCredentials)
            {
                agent.SetRemoteCredentials(_now, other.LocalCredentials, isLite: _random.Chance(0.05));
            }
        }

        private void AddLocal(IceAgent agent)
        {
            var address = Pick(Addresses);
            var candidate = (address.IsTcp, _random.NextInt32(0, 3)) switch
            {
                (true, _) => address.Port == IceTcpType.ActivePort ? IceCandidate.TcpActive(address) : IceCandidate.TcpPassive(address),
                (_, 0) => IceCandidate.Host(address),
                (_, 1) => IceCandidate.Relayed(address, Pick(Addresses), Addresses[0], 7),
                _ => IceCandidate.ServerReflexive(Pick(Addresses), address, Addresses[0], 7),
            };
            agent.AddLocalCandidate(_now, candidate);
            _bases[agent].Add(candidate.Base);
        }

        private void RemoveBase(IceAgent agent)
        {
            var address = Pick(Addresses);
            agent.RemoveLocalBase(_now, address);
            _bases[agent].Remove(address);
            Assert.DoesNotContain(agent.Pairs, pair => pair.Path.Local == address);
            Assert.DoesNotContain(agent.LocalCandidates, candidate => candidate.Base == address);
            Assert.NotEqual(address, agent.SelectedPath?.Local);
        }

        /// <summary>A socket shows no bytes of another protocol.</summary>
        private NetworkPath RandomPath()
        {
            var (local, remote) = (Pick(Addresses), Pick(Addresses));
            return new NetworkPath(local, local.IsTcp ? remote.AsTcp() : remote.AsUdp());
        }

        private IceCandidate RandomCandidate(IceAgent other)
        {
            var address = Pick(Addresses);
            var kinds = new[] { IceTcpType.Active, IceTcpType.Passive, "so", null };
            return IceCandidate.Host(address) with
            {
                Transport = address.IsTcp ? IceTransport.Tcp : IceTransport.Udp,
                TcpType = address.IsTcp ? Pick(kinds) : null,
                HostName = _random.Chance(0.2) ? Pick(Names) : null,
                Type = (IceCandidateType)_random.NextInt32(0, 4),
                Priority = _random.NextUInt32(),
                Ufrag = _random.Chance(0.5) ? other.LocalCredentials.Ufrag : null,
            };
        }

        private void Settle(IceAgent agent)
        {
            if (agent.NextTimeout <= _now)
            {
                agent.HandleTimeout(_now);
            }

            var buffer = new byte[IceAgent.MinTransmitBytes];
            var sent = 0;
            while (agent.TryPollTransmit(_now, buffer, out var written, out var path))
            {
                sent++;
                _wire.Add((path, buffer.AsSpan(0, written).ToArray()));
                Assert.True(agent.State is not (IceState.Failed or IceState.Closed), Context());
                Assert.Equal(path.Local.IsTcp, path.Remote.IsTcp);
                if (_policy == IcePolicy.Relay || StunForge.IsRequest(buffer[..written]))
                {
                    Assert.True(_bases[agent].Contains(path.Local), $"{Context()}: sent from {path.Local}");
                }
            }

            if (_wire.Count > 50)
            {
                _wire.RemoveRange(0, _wire.Count - 50);
            }

            while (agent.TryPollEvent(out _))
            {
            }

            Assert.True(sent <= IceLimits.MaxQueuedResponses + 5 + Addresses.Length, $"{Context()}: {sent} sent at once");
            Assert.True(agent.NextTimeout > _now, $"{Context()}: due again at once");
            Assert.True(agent.Pairs.Count <= IceLimits.MaxPairs, Context());
            Assert.Equal(agent.Pairs.Count, agent.Pairs.Select(pair => pair.Path).Distinct().Count());
            Assert.True(agent.Selected is null || agent.State is IceState.Connected or IceState.Completed or IceState.Disconnected, Context());
            Assert.True(agent.Selected is not null || agent.State is not (IceState.Connected or IceState.Completed), Context());
            Assert.True(agent.LocalCandidates.Count <= IceLimits.MaxLocalCandidates, Context());
            Assert.True(agent.RemoteCandidates.Count <= IceLimits.MaxRemoteCandidates + IceLimits.MaxPeerReflexiveCandidates, Context());
            Assert.True(_policy == IcePolicy.All || agent.LocalCandidates.All(c => c.Type == IceCandidateType.Relayed && c.RelatedAddress?.Port == 0), Context());
            for (var i = 1; i < agent.Pairs.Count; i++)
            {
                Assert.True(agent.Pairs[i - 1].Priority >= agent.Pairs[i].Priority, $"{Context()}: order");
            }
        }

        private string Context() => $"seed {_seed}, after {_step}";

        private IceAgent Other(IceAgent agent) => ReferenceEquals(agent, _agents[0]) ? _agents[1] : _agents[0];

        private T Pick<T>(T[] items) => items[_random.NextInt32(0, items.Length)];
    }
}
