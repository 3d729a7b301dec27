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
        ];

        private readonly SeededRandomSource _random;
        private readonly ulong _seed;
        private readonly IceAgent[] _agents;
        private readonly List<(NetworkPath Path, byte[] Datagram)> _wire = [];
        private Instant _now = Instant.FromElapsed(TimeSpan.FromSeconds(1));
        private string _step = "start";

        public Run(ulong seed)
        {
            _seed = seed;
            _random = new SeededRandomSource(seed);
            var options = new IceOptions { AllowLoopback = seed % 2 == 0 };
            _agents = [new IceAgent(options, _random.Fork()), new IceAgent(options, _random.Fork())];
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
                < 65 => ("local candidate", () => agent.AddLocalCandidate(_now, IceCandidate.Host(Pick(Addresses)))),
                < 78 => ("remote candidate", () => agent.AddRemoteCandidate(_now, RandomCandidate(other))),
                < 88 => ("describe", () => Describe(agent, other)),
                < 90 => ("end of candidates", () => agent.SetEndOfRemoteCandidates(_now)),
                < 93 => ("role", () => agent.SetRole(_now, (IceRole)_random.NextInt32(0, 2))),
                < 96 => ("traffic", () => agent.NoteAuthenticTraffic(_now, new NetworkPath(Pick(Addresses), Pick(Addresses)))),
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
                agent.HandleDatagram(_now, new NetworkPath(Pick(Addresses), Pick(Addresses)), StunForge.Check(agent, useCandidate: _random.Chance(0.5)));
                return;
            }

            var (path, datagram) = _wire[_random.NextInt32(0, _wire.Count)];
            var copy = datagram.ToArray();
            if (_random.Chance(0.1))
            {
                copy[_random.NextInt32(0, copy.Length)] ^= 0x40;
            }

            var arrives = _random.Chance(0.9) ? new NetworkPath(path.Remote, path.Local) : new NetworkPath(Pick(Addresses), Pick(Addresses));
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

        private IceCandidate RandomCandidate(IceAgent other) => IceCandidate.Host(Pick(Addresses)) with
        {
            Type = (IceCandidateType)_random.NextInt32(0, 4),
            Priority = _random.NextUInt32(),
            Ufrag = _random.Chance(0.5) ? other.LocalCredentials.Ufrag : null,
        };

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
            Assert.True(agent.Selected is not null || agent.State is not (IceState.Connected or IceState.Completed or IceState.Disconnected), Context());
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
