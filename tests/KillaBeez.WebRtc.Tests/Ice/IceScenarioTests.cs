using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Tests.Ice;

/// <summary>
/// Two hosts with random interfaces, allocations and TCP sockets on a network with random firewalls; bases come and go
/// and connections break. One relay of each side always works, so the connection may stutter and must never fail.
/// </summary>
public sealed class IceScenarioTests
{
    [Fact]
    public void Connection_WhateverComesAndGoes_SurvivesAndEndsOnOneWorkingPath()
    {
        foreach (var seed in SeedSweep.Of(150))
        {
            new Scenario(seed).Execute();
        }
    }

    private sealed class Scenario
    {
        private readonly ulong _seed;
        private readonly SeededRandomSource _random;
        private readonly IceNetwork _network;
        private readonly IceNode _left;
        private readonly IceNode _right;
        private readonly TransportAddress[] _anchors;
        private readonly Dictionary<(TransportAddress, TransportAddress), bool> _blocked = [];
        private int _next;
        private string _steps = string.Empty;

        public Scenario(ulong seed)
        {
            _seed = seed;
            _random = new SeededRandomSource(seed);
            _network = new IceNetwork(seed, loss: 0.1 * _random.NextDouble(), minDelayMs: 2, maxDelayMs: _random.NextInt32(3, 80))
            {
                Drop = (path, _) => IsBlocked(path.Local, path.Remote),
            };
            _left = _network.AddNode(null, "198.51.100.1:50001");
            _right = _network.AddNode(null, "198.51.100.2:50002");
            _anchors = [_left.Addresses[0], _right.Addresses[0]];
            foreach (var node in new[] { _left, _right })
            {
                node.Relays.Add(node.Addresses[0]);
                for (var count = _random.NextInt32(0, 4); count > 0; count--)
                {
                    node.Addresses.Add(RandomBase(node));
                }
            }
        }

        public void Execute()
        {
            _network.SignalTrickled(_left, _right, _random.Fork());
            Assert.True(_network.RunUntil(() => _left.IsCompleted && _right.IsCompleted, TimeSpan.FromSeconds(60)), Context());
            for (var step = 0; step < 15; step++)
            {
                Step(_random.Chance(0.5) ? _left : _right);
                _network.Run(TimeSpan.FromSeconds(_random.NextDouble() * 15));
                Assert.DoesNotContain(IceState.Failed, _left.States.Concat(_right.States));
            }

            _network.Loss = 0;
            _network.Run(TimeSpan.FromSeconds(60));
            Assert.True(_left.IsCompleted && _right.IsCompleted, Context());
            Assert.True(AgreeOnAWorkingPath(), Context());
            var path = _left.Agent.SelectedPath;
            _network.Run(TimeSpan.FromMinutes(3));
            Assert.Equal(path, _left.Agent.SelectedPath);
        }

        private void Step(IceNode node)
        {
            switch (_random.NextInt32(0, 6))
            {
                case 0 or 1:
                    var address = RandomBase(node);
                    Note($"add {address}");
                    _network.Add(node, address.ToString());
                    break;
                case 2 when node.Addresses.Count > 1:
                    var gone = node.Addresses[_random.NextInt32(1, node.Addresses.Count)];
                    Note($"remove {gone}");
                    _network.Remove(node, gone);
                    break;
                case 3 when node.Agent.SelectedPath is { Local.IsTcp: false } path && !IsBetweenAnchors(path):
                    Note($"block {path}");
                    _blocked[(path.Local, path.Remote)] = _blocked[(path.Remote, path.Local)] = true;
                    break;
                case 4:
                    Note("break connections");
                    _network.BreakConnections();
                    break;
                case 5 when _left.IsConnected && _right.IsConnected && _random.Chance(0.5):
                    Note("restart");
                    _left.Agent.Restart(_network.Now);
                    _right.Agent.Restart(_network.Now);
                    IceConnections.Describe(_network, to: _left, from: _right, isComplete: true);
                    IceConnections.Describe(_network, to: _right, from: _left, isComplete: true);
                    break;
            }
        }

        private TransportAddress RandomBase(IceNode node)
        {
            var host = $"10.0.{(ReferenceEquals(node, _left) ? 1 : 2)}.{++_next}";
            var text = _random.NextInt32(0, 5) switch
            {
                0 => $"198.51.100.9:{50010 + _next}",
                1 => $"tcp:{host}:9",
                2 => $"tcp:{host}:7000",
                3 => $"[2001:db8::{_next:x}]:5000",
                _ => $"{host}:5000",
            };
            var address = IceNetwork.Parse(text);
            if (text.StartsWith("198.51", StringComparison.Ordinal))
            {
                node.Relays.Add(address);
            }

            return address;
        }

        private bool IsBlocked(TransportAddress from, TransportAddress to)
        {
            if (!_blocked.TryGetValue((from, to), out var blocked))
            {
                blocked = !IsBetweenAnchors(new NetworkPath(from, to)) && _random.Chance(0.4);
                _blocked[(from, to)] = _blocked[(to, from)] = blocked;
            }

            return blocked;
        }

        private bool IsBetweenAnchors(NetworkPath path) => _anchors.Contains(path.Local) && _anchors.Contains(path.Remote);

        private bool AgreeOnAWorkingPath()
        {
            var (left, right) = (_left.Agent.SelectedPath!.Value, _right.Agent.SelectedPath!.Value);
            return left.Local.IsTcp
                ? right.Local.IsTcp && (left.Remote == right.Local || left.Local == right.Remote)
                : left == new NetworkPath(right.Remote, right.Local) && !IsBlocked(left.Local, left.Remote);
        }

        private void Note(string step) => _steps += $"{_network.Now}: {step}\n";

        private string Context() =>
            $"seed {_seed}\n{_steps}{_network.Now}: {_left.Agent.State} {_left.Agent.Role} {_left.Agent.Selected}, {_right.Agent.State} {_right.Agent.Role} {_right.Agent.Selected}";
    }
}
