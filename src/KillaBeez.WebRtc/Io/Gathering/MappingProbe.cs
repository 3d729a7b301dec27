using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Io.Gathering;

/// <summary>How one STUN server sees one socket: a server-reflexive address, kept open and watched.</summary>
internal sealed class MappingProbe
{
    private readonly Gatherer _gatherer;
    private readonly StunBindingClient _client;
    private readonly ushort _preference;
    private readonly byte[] _buffer = new byte[StunLimits.MaxMessageBytes];
    private IceCandidate? _candidate;

    public MappingProbe(Gatherer gatherer, DatagramSocket socket, TransportAddress server, ServerUrl url, ushort preference)
    {
        _gatherer = gatherer;
        Socket = socket;
        Server = url;
        _preference = preference;
        _client = new StunBindingClient(server, SystemRandomSource.Instance);
    }

    public DatagramSocket Socket { get; }

    public ServerUrl Server { get; }

    /// <summary>Whether the server has answered, or will not.</summary>
    public bool IsSettled { get; private set; }

    public Instant NextTimeout => _client.NextTimeout;

    public bool IsFrom(DatagramSocket socket, TransportAddress from) => socket == Socket && from == _client.Server;

    public void Start(Instant now)
    {
        _client.Start();
        Drain(now);
    }

    public bool HandleDatagram(Instant now, ReadOnlySpan<byte> datagram)
    {
        var isOurs = _client.HandleMessage(now, _client.Server, datagram);
        Drain(now);
        return isOurs;
    }

    public void HandleTimeout(Instant now)
    {
        _client.HandleTimeout(now);
        Drain(now);
    }

    private void Drain(Instant now)
    {
        while (_client.TryPollTransmit(now, _buffer, out var written))
        {
            // Lost where the socket's buffer is full: the client repeats it.
            Socket.Send(_buffer.AsSpan(0, written), written, _client.Server);
        }

        while (_client.TryPollEvent(out var e))
        {
            IsSettled = true;
            if (_candidate is not null)
            {
                _gatherer.Set.Withdraw(_candidate);
                _candidate = null;
            }

            if (e.Kind == StunBindingEventKind.Failed)
            {
                _gatherer.OnFailed(now, Server, $"The STUN server {_client.Server} does not answer {Socket.LocalAddress}.");
            }
            else if (e.Address != Socket.LocalAddress)
            {
                // Equal addresses: there is no NAT, and the host candidate says it already.
                _candidate = IceCandidate.ServerReflexive(e.Address, Socket.LocalAddress, _client.Server, _preference);
                _gatherer.Set.Add(now, _candidate);
            }

            _gatherer.OnProgress(now);
        }

        _gatherer.Reschedule();
    }
}
