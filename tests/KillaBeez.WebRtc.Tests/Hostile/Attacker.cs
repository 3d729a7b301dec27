using System.Text;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Tests.Ice;
using KillaBeez.WebRtc.Tests.PeerConnections;

namespace KillaBeez.WebRtc.Tests.Hostile;

/// <summary>
/// Somebody who is not on the path, or sees it and cannot change it: sends datagrams to one end of a pair from any
/// source address, and counts what that address gets for them.
/// </summary>
internal sealed class Attacker(EnginePair pair, EngineNode victim)
{
    private readonly byte[] _buffer = new byte[2048];
    private readonly Dictionary<TransportAddress, long> _received = [];

    /// <summary>An address that neither side has heard of.</summary>
    public static TransportAddress Stranger { get; } = IceNetwork.Parse("203.0.113.66:6666");

    public long SentBytes { get; private set; }

    /// <summary>The bytes that an address was sent.</summary>
    public long BytesTo(TransportAddress address) => _received.GetValueOrDefault(address);

    public void Send(TransportAddress source, byte[] datagram)
    {
        SentBytes += datagram.Length;
        victim.Engine.HandleDatagram(pair.Now, new NetworkPath(victim.Address, source), datagram);
        Poll();
    }

    /// <summary>What the victim has to say goes where it is meant to go.</summary>
    public void Poll()
    {
        while (victim.Engine.TryPollTransmit(pair.Now, _buffer, out var written, out var path))
        {
            _received[path.Remote] = BytesTo(path.Remote) + written;
            (victim == pair.A ? pair.AToB : pair.BToA).Send(pair.Now, _buffer.AsSpan(0, written));
        }
    }

    /// <summary>A check that names the victim rightly; the password is the attacker's guess.</summary>
    public byte[] Check(string password = "this is not the password", bool isControlling = true, StunTransactionId? id = null)
    {
        var writer = new StunWriter(new byte[512], StunMessageType.BindingRequest, id ?? new StunTransactionId(6, 6));
        UsernameAttribute.Write(ref writer, Encoding.ASCII.GetBytes(victim.Engine.LocalUfrag), "evil"u8);
        PriorityAttribute.Write(ref writer, uint.MaxValue);
        IceRoleAttribute.Write(ref writer, isControlling, ulong.MaxValue);
        UseCandidateAttribute.Write(ref writer);
        MessageIntegrityAttribute.Write(ref writer, Encoding.ASCII.GetBytes(password));
        FingerprintAttribute.Write(ref writer);
        return writer.Written.ToArray();
    }

    /// <summary>The victim's password, for attackers who are the peer itself.</summary>
    public string Password()
    {
        var sdp = victim.Engine.LocalDescription!.Sdp;
        var at = sdp.IndexOf("a=ice-pwd:", StringComparison.Ordinal) + "a=ice-pwd:".Length;
        return sdp[at..sdp.IndexOf('\r', at)];
    }
}
