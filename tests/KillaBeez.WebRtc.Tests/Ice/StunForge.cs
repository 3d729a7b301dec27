using System.Text;
using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Tests.Ice;

/// <summary>Messages as a peer, or somebody who pretends to be one, would send them.</summary>
internal static class StunForge
{
    /// <summary>A check for an agent; a password or ufrag that is not given is the right one.</summary>
    public static byte[] Check(
        IceAgent receiver,
        string? password = null,
        string? ufrag = null,
        bool isControlling = true,
        bool useCandidate = false,
        uint priority = 0x6E7F00FF,
        ulong tieBreaker = 1,
        bool hasFingerprint = true,
        ushort[]? unknown = null,
        StunTransactionId? id = null)
    {
        var writer = new StunWriter(stackalloc byte[1024], StunMessageType.BindingRequest, id ?? new StunTransactionId(7, 9));
        UsernameAttribute.Write(ref writer, Encoding.ASCII.GetBytes(ufrag ?? receiver.LocalCredentials.Ufrag), "peer"u8);
        PriorityAttribute.Write(ref writer, priority);
        IceRoleAttribute.Write(ref writer, isControlling, tieBreaker);
        if (useCandidate)
        {
            UseCandidateAttribute.Write(ref writer);
        }

        foreach (var type in unknown ?? [])
        {
            writer.Write((StunAttributeType)type, []);
        }

        MessageIntegrityAttribute.Write(ref writer, Encoding.ASCII.GetBytes(password ?? receiver.LocalCredentials.Password));
        if (hasFingerprint)
        {
            FingerprintAttribute.Write(ref writer);
        }

        return writer.Written.ToArray();
    }

    public static byte[] Success(StunTransactionId id, TransportAddress mapped, string password)
    {
        var writer = new StunWriter(stackalloc byte[256], StunMessageType.BindingSuccess, id);
        XorMappedAddressAttribute.Write(ref writer, mapped);
        MessageIntegrityAttribute.Write(ref writer, Encoding.ASCII.GetBytes(password));
        FingerprintAttribute.Write(ref writer);
        return writer.Written.ToArray();
    }

    public static byte[] Error(StunTransactionId id, StunErrorCode code, string? password)
    {
        var writer = new StunWriter(stackalloc byte[256], StunMessageType.BindingError, id);
        ErrorCodeAttribute.Write(ref writer, code);
        if (password is not null)
        {
            MessageIntegrityAttribute.Write(ref writer, Encoding.ASCII.GetBytes(password));
        }

        FingerprintAttribute.Write(ref writer);
        return writer.Written.ToArray();
    }

    public static StunMessage Parse(byte[] datagram)
    {
        Assert.True(StunMessage.TryParse(datagram, out var message, out var error), error.ToString());
        return message;
    }

    public static StunMessageType TypeOf(byte[] datagram) => Parse(datagram).Type;

    public static bool IsRequest(byte[] datagram) => TypeOf(datagram) == StunMessageType.BindingRequest;
}
