using System.Net;
using KillaBeez.WebRtc.Dtls;
using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Tests.Dtls;
using KillaBeez.WebRtc.Tests.Ice;
using KillaBeez.WebRtc.Tests.PeerConnections;

namespace KillaBeez.WebRtc.Tests.Hostile;

/// <summary>How many bytes leave for those that come, towards an address that has not proved itself.</summary>
public sealed class AmplificationTests
{
    private static readonly PathConditions Lan = new() { DelayMs = 2 };

    /// <summary>ICE, DTLS and SCTP in front of somebody without a password: not one byte comes back.</summary>
    [Fact]
    public void Stranger_WithAnythingAtAll_GetsNothing()
    {
        using var dtls = DtlsContext.Create(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var pair = new EnginePair(51, Lan, dtls: dtls);
        pair.A.Engine.Channels.OpenChannel(pair.Now, new WebRtc.PeerConnections.DataChannelInit().ToTransport("x"));
        var attacker = new Attacker(pair, pair.B);
        using var client = new DtlsPair();
        client.Start();
        var hellos = DtlsPair.Drain(client.Client);
        Assert.NotEmpty(hellos);

        // Before there is a description, while checks run, and on the live connection.
        Assail();
        pair.Negotiate();
        Assail();
        Assert.True(pair.RunUntil(() => pair.B.Opened.Any(), 30));
        Assail();

        Assert.True(attacker.SentBytes > 100_000);
        Assert.Equal(0, attacker.BytesTo(Attacker.Stranger));
        ForgedStunTests.AssertAliveAfterAMinute(pair);

        void Assail()
        {
            var random = new SeededRandomSource(51);
            for (var i = 0; i < 50; i++)
            {
                attacker.Send(Attacker.Stranger, attacker.Check());
                foreach (var hello in hellos)
                {
                    attacker.Send(Attacker.Stranger, hello);
                }

                var garbage = new byte[random.NextInt32(1, 1400)];
                random.Fill(garbage);
                attacker.Send(Attacker.Stranger, garbage);
                garbage[0] = (byte)random.NextInt32(20, 64);
                attacker.Send(Attacker.Stranger, garbage);
            }
        }
    }

    /// <summary>
    /// The peer itself, who has the password, writes the addresses of others as the source of its checks. Each gets its
    /// answer and at most a few checks, and all of them together hardly more than the peer has spent.
    /// </summary>
    [Fact]
    public void Peer_WithForgedSources_IsWorthLessThanItSpends()
    {
        using var pair = new EnginePair(52, Lan);
        pair.A.Engine.Channels.OpenChannel(pair.Now, new WebRtc.PeerConnections.DataChannelInit().ToTransport("x"));
        pair.Negotiate();
        Assert.True(pair.RunUntil(() => pair.A.Opened.Any(), 30));
        var attacker = new Attacker(pair, pair.A);
        var password = attacker.Password();
        var victims = new List<TransportAddress>();
        for (var i = 0; i < 1000; i++)
        {
            var victim = TransportAddress.From(new IPAddress(new byte[] { 203, 0, (byte)(i >> 8), (byte)i }), 7);
            victims.Add(victim);
            attacker.Send(victim, attacker.Check(password, isControlling: false, id: new StunTransactionId(7, (ulong)i)));
            pair.RunUntil(() => false, 0.01);
            attacker.Poll();
        }

        for (var round = 0; round < 6; round++)
        {
            pair.RunUntil(() => false, 10);
            attacker.Poll();
        }

        var total = victims.Sum(attacker.BytesTo);
        Assert.True(total <= attacker.SentBytes * 3 / 2, $"{total} bytes for {attacker.SentBytes}");
        foreach (var victim in victims)
        {
            Assert.True(attacker.BytesTo(victim) <= 150 * (1 + IceLimits.MaxSends), $"{attacker.BytesTo(victim)} bytes to {victim}");
        }
    }

    /// <summary>A description full of other people's addresses makes checks at the pace of Ta, seven to each address at most.</summary>
    [Fact]
    public void Description_OfStrangersAddresses_MakesFewChecksAtAFixedPace()
    {
        const int Seconds = 120;
        var fixture = new IceAgentFixture(IceRole.Controlling);
        fixture.Describe();
        var start = fixture.Now;
        for (var i = 0; i < 1000; i++)
        {
            fixture.Agent.AddRemoteCandidate(fixture.Now, IceCandidate.Host(TransportAddress.From(new IPAddress(new byte[] { 203, 0, (byte)(i >> 8), (byte)i }), 9)));
        }

        var sent = fixture.Pass(TimeSpan.FromSeconds(Seconds));
        Assert.NotEmpty(sent);
        Assert.InRange(sent.Select(s => s.Path.Remote).Distinct().Count(), 1, IceLimits.MaxRemoteCandidates);
        Assert.All(sent.GroupBy(s => s.Path.Remote), group => Assert.InRange(group.Count(), 1, IceLimits.MaxSends));
        Assert.True(sent.Sum(s => s.Datagram.Length) <= IceLimits.MaxRemoteCandidates * IceLimits.MaxSends * 150);

        // No tenth of a second has more than the burst or what Ta allows.
        foreach (var slot in sent.GroupBy(s => (int)((s.At - start).TotalMilliseconds / 100)))
        {
            var most = slot.Key == 0 ? IceOptions.Default.InitialBurst + 3 : 3;
            Assert.InRange(slot.Count(), 1, most);
        }
    }
}
