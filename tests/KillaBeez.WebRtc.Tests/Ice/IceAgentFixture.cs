using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Tests.Ice;

/// <summary>One agent whose peer is the test itself.</summary>
internal sealed class IceAgentFixture
{
    public static readonly TransportAddress Local = IceNetwork.Parse("10.0.0.1:5000");
    public static readonly TransportAddress Remote = IceNetwork.Parse("10.0.0.2:6000");

    public IceAgentFixture(IceRole role = IceRole.Controlled, IceOptions? options = null, ulong seed = 1)
    {
        Agent = new IceAgent(options ?? IceOptions.Default, new SeededRandomSource(seed));
        Agent.SetRole(Now, role);
        Agent.AddLocalCandidate(Now, IceCandidate.Host(Local));
    }

    public static NetworkPath Path { get; } = new(Local, Remote);

    public IceAgent Agent { get; }

    public IceCredentials Peer { get; } = IceCredentials.Create("peer", "peerpasswordpeerpassword");

    public Instant Now { get; set; } = Instant.FromElapsed(TimeSpan.FromMinutes(1));

    public void Describe() => Agent.SetRemoteCredentials(Now, Peer, isLite: false);

    public bool Receive(byte[] datagram, NetworkPath? path = null) => Agent.HandleDatagram(Now, path ?? Path, datagram);

    /// <summary>Everything the agent has to send now.</summary>
    public List<(NetworkPath Path, byte[] Datagram)> Drain()
    {
        var sent = new List<(NetworkPath, byte[])>();
        Span<byte> buffer = stackalloc byte[IceAgent.MinTransmitBytes];
        while (Agent.TryPollTransmit(Now, buffer, out var written, out var path))
        {
            sent.Add((path, buffer[..written].ToArray()));
        }

        return sent;
    }

    /// <summary>Lets time pass, doing what becomes due; returns what was sent with its time.</summary>
    public List<(Instant At, NetworkPath Path, byte[] Datagram)> Pass(TimeSpan time, Func<NetworkPath, byte[], byte[]?>? answer = null)
    {
        var sent = new List<(Instant, NetworkPath, byte[])>();
        var end = Now + time;
        while (true)
        {
            for (var drained = Drain(); drained.Count > 0; drained = Drain())
            {
                foreach (var (path, datagram) in drained)
                {
                    sent.Add((Now, path, datagram));
                    if (answer?.Invoke(path, datagram) is { } reply)
                    {
                        Receive(reply, path);
                    }
                }
            }

            var next = Agent.NextTimeout;
            if (next > end)
            {
                Now = end;
                return sent;
            }

            Now = Instant.Max(next, Now);
            Agent.HandleTimeout(Now);
        }
    }

    /// <summary>What an honest peer answers to a check.</summary>
    public byte[]? Honest(NetworkPath path, byte[] datagram) =>
        StunForge.IsRequest(datagram) ? StunForge.Success(StunForge.Parse(datagram).TransactionId, path.Local, Peer.Password) : null;
}
