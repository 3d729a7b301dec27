using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Tests.Ice;

public sealed class IceSecurityTests
{
    [Fact]
    public void Request_Unauthentic_GetsNoAnswerAndChangesNothing()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        var agent = fixture.Agent;

        Assert.False(fixture.Receive(StunForge.Check(agent, password: "not the password at all")));
        Assert.False(fixture.Receive(StunForge.Check(agent, ufrag: "strange")));
        Assert.False(fixture.Receive(StunForge.Check(agent, ufrag: agent.LocalCredentials.Ufrag[..^1])));
        Assert.False(fixture.Receive(StunForge.Check(agent, ufrag: agent.LocalCredentials.Ufrag + "x")));
        Assert.False(fixture.Receive(StunForge.Check(agent, hasFingerprint: false)));
        var bare = new StunWriter(stackalloc byte[64], StunMessageType.BindingRequest, new StunTransactionId(1, 1));
        Assert.False(fixture.Receive(bare.Written.ToArray()));

        Assert.Empty(fixture.Drain());
        Assert.Empty(agent.Pairs);
        Assert.Equal(6, agent.Statistics.UnauthenticRequests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Strangers_WhateverTheySend_GetNotOneByte(bool isConnected)
    {
        foreach (var seed in SeedSweep.Of(5))
        {
            var random = new SeededRandomSource(seed);
            var fixture = new IceAgentFixture(IceRole.Controlling);
            fixture.Describe();
            if (isConnected)
            {
                fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));
                fixture.Pass(TimeSpan.FromSeconds(1), fixture.Honest);
            }

            var state = fixture.Agent.State;
            for (var i = 0; i < 1000; i++)
            {
                var id = new StunTransactionId(random.NextUInt32(), random.NextUInt64());
                var datagram = random.NextInt32(0, 4) switch
                {
                    0 => StunForge.Check(fixture.Agent, password: "guessguessguessguess", id: id),
                    1 => StunForge.Check(fixture.Agent, ufrag: "guess", useCandidate: true, id: id),
                    2 => StunForge.Success(id, IceAgentFixture.Local, fixture.Agent.LocalCredentials.Password),
                    _ => StunForge.Error(id, StunErrorCode.RoleConflict, password: null),
                };
                datagram[random.NextInt32(0, datagram.Length)] ^= (byte)random.NextInt32(0, 3);
                var source = new NetworkPath(IceAgentFixture.Local, TransportAddress.FromIPv4([192, 0, 2, (byte)i], (ushort)(1000 + i)));
                Assert.False(fixture.Receive(datagram, random.Chance(0.5) ? source : IceAgentFixture.Path));
            }

            Assert.Empty(fixture.Drain());
            Assert.Equal(state, fixture.Agent.State);
            Assert.Equal(isConnected ? 1 : 0, fixture.Agent.Pairs.Count);
        }
    }

    [Fact]
    public void MaliciousPeer_WithTheCredentials_CannotMakeUsFasterThanThePace()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        fixture.Drain();
        var requests = 0;
        var answers = 0;
        const int seconds = 20;
        for (var i = 0; i < seconds * 100; i++)
        {
            // Checks in the name of ever other victims, signalled victims, and victims behind names.
            var victim = TransportAddress.FromIPv4([192, 0, (byte)(i >> 8), (byte)i], 53);
            fixture.Receive(StunForge.Check(fixture.Agent, isControlling: false), new NetworkPath(IceAgentFixture.Local, victim));
            fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(victim.WithPort(123)));
            fixture.Agent.AddRemoteCandidate(
                fixture.Now, IceCandidate.Host(victim) with { HostName = $"3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f{i:x4}.local" });
            while (fixture.Agent.TryPollEvent(out var e))
            {
                if (e.Kind == IceEventKind.NameToResolve)
                {
                    fixture.Agent.NameResolved(fixture.Now, e.Name!, victim);
                }
            }

            foreach (var (_, _, datagram) in fixture.Pass(TimeSpan.FromMilliseconds(10)))
            {
                requests += StunForge.IsRequest(datagram) ? 1 : 0;
                answers += StunForge.IsRequest(datagram) ? 0 : 1;
            }
        }

        Assert.InRange(requests, 1, 5 + (seconds * 20));
        Assert.InRange(answers, 1, seconds * 100);
        Assert.InRange(fixture.Agent.Pairs.Count, 1, IceLimits.MaxPairs);
    }

    [Fact]
    public void RemoteFilter_KeepsAddressesOutEntirely()
    {
        var refused = IceNetwork.Parse("10.0.0.66:6000");
        var fixture = new IceAgentFixture(IceRole.Controlling, new IceOptions { RemoteFilter = address => address != refused });
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(refused));
        var path = new NetworkPath(IceAgentFixture.Local, refused);
        Assert.False(fixture.Receive(StunForge.Check(fixture.Agent, isControlling: false, useCandidate: true), path));

        Assert.Empty(fixture.Drain());
        Assert.Empty(fixture.Agent.RemoteCandidates);
        Assert.Equal(2, fixture.Agent.Statistics.ForbiddenCandidates);

        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));
        fixture.Pass(TimeSpan.FromSeconds(1), fixture.Honest);
        Assert.Equal(IceState.Completed, fixture.Agent.State);
    }

    [Fact]
    public void Answer_IsNeverMuchLongerThanItsRequest()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        var v6 = IceNetwork.Parse("[2001:db8::1]:5000");
        fixture.Agent.AddLocalCandidate(fixture.Now, IceCandidate.Host(v6));
        var paths = new[] { IceAgentFixture.Path, new NetworkPath(v6, IceNetwork.Parse("[2001:db8::2]:6000")) };
        var unknown = Enumerable.Range(0x7000, 40).Select(type => (ushort)type).ToArray();
        foreach (var path in paths)
        {
            foreach (var request in new[]
            {
                StunForge.Check(fixture.Agent),
                StunForge.Check(fixture.Agent, isControlling: false, tieBreaker: 0),
                StunForge.Check(fixture.Agent, unknown: [0x7000]),
                StunForge.Check(fixture.Agent, unknown: unknown),
            })
            {
                fixture.Receive(request, path);
                var answer = fixture.Drain().First(sent => !StunForge.IsRequest(sent.Datagram));
                Assert.Equal(path, answer.Path);
                Assert.True(answer.Datagram.Length <= request.Length * 3 / 2, $"{answer.Datagram.Length} to {request.Length}");
            }
        }
    }

    [Fact]
    public void Request_WithUnknownRequiredAttribute_IsAnswered420()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        Assert.True(fixture.Receive(StunForge.Check(fixture.Agent, unknown: [0x7123, 0xC057])));

        var message = StunForge.Parse(Assert.Single(fixture.Drain()).Datagram);
        Assert.True(ErrorCodeAttribute.TryRead(message, out var code));
        Assert.Equal(StunErrorCode.UnknownAttribute, code);
        Span<ushort> types = stackalloc ushort[4];
        Assert.Equal(1, UnknownAttributesAttribute.Read(message, types));
        Assert.Equal(0x7123, types[0]);
        Assert.Empty(fixture.Agent.Pairs);
    }

    [Fact]
    public void Response_Forged_ChangesNothing()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));
        var id = StunForge.Parse(Assert.Single(fixture.Drain()).Datagram).TransactionId;
        var local = IceAgentFixture.Local;

        Assert.False(fixture.Receive(StunForge.Success(id, local, "wrong password wrong pw")));
        Assert.False(fixture.Receive(StunForge.Success(id, local, fixture.Agent.LocalCredentials.Password)));
        Assert.False(fixture.Receive(StunForge.Success(new StunTransactionId(1, 2), local, fixture.Peer.Password)));
        Assert.False(fixture.Receive(StunForge.Error(id, StunErrorCode.BadRequest, password: null)));
        Assert.False(fixture.Receive(StunForge.Error(id, StunErrorCode.Unauthenticated, password: null)));
        Assert.Equal(5, fixture.Agent.Statistics.UnauthenticResponses);
        Assert.Equal(IceState.Checking, fixture.Agent.State);
        Assert.False(fixture.Agent.IsValidated(IceAgentFixture.Path));

        // The honest answer still counts.
        Assert.True(fixture.Receive(StunForge.Success(id, local, fixture.Peer.Password)));
        Assert.Equal(IceState.Connected, fixture.Agent.State);
        Assert.False(fixture.Receive(StunForge.Success(id, local, fixture.Peer.Password)), "An answer counts once.");
    }

    [Fact]
    public void Response_FromAnotherAddressOrOnAnotherSocket_IsDiscarded()
    {
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(IceAgentFixture.Remote));
        var id = StunForge.Parse(Assert.Single(fixture.Drain()).Datagram).TransactionId;
        var honest = StunForge.Success(id, IceAgentFixture.Local, fixture.Peer.Password);

        Assert.False(fixture.Receive(honest, new NetworkPath(IceAgentFixture.Local, IceNetwork.Parse("10.0.0.2:6001"))));
        Assert.False(fixture.Receive(honest, new NetworkPath(IceNetwork.Parse("10.0.0.9:5000"), IceAgentFixture.Remote)));
        Assert.Equal(2, fixture.Agent.Statistics.AsymmetricResponses);
        Assert.Null(fixture.Agent.SelectedPath);

        Assert.True(fixture.Receive(honest));
        Assert.Equal(IceAgentFixture.Path, fixture.Agent.SelectedPath);
    }

    [Fact]
    public void Indication_AnswersNothingAndProvesNothing()
    {
        var fixture = new IceAgentFixture();
        fixture.Describe();
        var writer = new StunWriter(stackalloc byte[64], StunMessageType.BindingIndication, new StunTransactionId(1, 1));
        FingerprintAttribute.Write(ref writer);
        Assert.False(fixture.Receive(writer.Written.ToArray()));
        Assert.Empty(fixture.Drain());
    }

    [Fact]
    public void Datagrams_MutatedAndReplayedFromAnywhere_NeitherThrowNorBreakTheConnection()
    {
        foreach (var seed in SeedSweep.Of(10))
        {
            var random = new SeededRandomSource(seed + 500);
            var network = new IceNetwork(seed, loss: 0, minDelayMs: 1, maxDelayMs: 20);
            var left = network.AddNode(null, IceConnections.LeftV4);
            var right = network.AddNode(null, IceConnections.RightV4);
            var stranger = IceNetwork.Parse("10.6.6.6:666");
            var strangerReceived = 0;
            network.Sent = (_, path, datagram) =>
            {
                strangerReceived += path.Remote == stranger ? 1 : 0;
                var copy = datagram.ToArray();
                copy[random.NextInt32(0, copy.Length)] ^= (byte)random.NextInt32(1, 256);
                network.Inject(path.Local, path.Remote, copy);
                network.Inject(stranger, path.Remote, copy);
            };
            network.SignalFull(left, right);

            Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(10)), $"seed {seed}");
            network.Run(TimeSpan.FromSeconds(60));
            Assert.True(left.IsCompleted && right.IsCompleted, $"seed {seed}");
            Assert.Equal(0, strangerReceived);
        }
    }

    [Fact]
    public void Check_ReplayedFromAnotherAddress_NeverMovesTheSelectedPath()
    {
        var network = new IceNetwork(seed: 4);
        var left = network.AddNode(null, IceConnections.LeftV4);
        var right = network.AddNode(null, IceConnections.RightV4);
        var stranger = IceNetwork.Parse("10.6.6.6:666");
        var toStranger = 0;
        network.Sent = (_, path, datagram) =>
        {
            if (path.Remote == stranger)
            {
                toStranger++;
            }
            else if (StunForge.IsRequest(datagram))
            {
                network.Inject(stranger, path.Remote, datagram);
            }
        };
        network.SignalFull(left, right);
        Assert.True(network.RunUntil(() => left.IsCompleted && right.IsCompleted, TimeSpan.FromSeconds(10)));
        var selected = left.Agent.SelectedPath;
        network.Run(TimeSpan.FromSeconds(60));

        Assert.Equal(selected, left.Agent.SelectedPath);
        Assert.True(left.IsCompleted && right.IsCompleted);
        Assert.False(left.Agent.IsValidated(new NetworkPath(left.Addresses[0], stranger)));

        // An answer per replay, and the checks of at most a few triggered pairs.
        Assert.True(toStranger <= 2 * (left.Sent + right.Sent), $"{toStranger}");
    }
}
