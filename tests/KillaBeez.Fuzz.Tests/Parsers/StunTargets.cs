using System.Net;
using System.Text;
using KillaBeez.Fuzz.Tests.Fuzzing;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Fuzz.Tests.Parsers;

/// <summary>STUN messages and every attribute, and the demultiplexer in front of them.</summary>
internal static class StunTargets
{
    private static readonly byte[] Key = Encoding.ASCII.GetBytes("VOkJxbRl1RmTxUk/WvJxBt");

    /// <summary>Types that STUN and TURN messages carry, whether this library knows them or not.</summary>
    public static byte[][] Words { get; } =
    [
        .. Enum.GetValues<StunAttributeType>().Select(type => new byte[] { (byte)((ushort)type >> 8), (byte)type }),
        [0x00, 0x0C], [0x00, 0x0D], [0x00, 0x12], [0x00, 0x13], [0x00, 0x16], [0x00, 0x17], [0x00, 0x19], [0x00, 0x22],
        [0x01, 0x01], [0x01, 0x11], [0x00, 0x11], [0x00, 0x03], [0x01, 0x03], [0x01, 0x13], [0x21, 0x12, 0xA4, 0x42],
    ];

    public static IEnumerable<FuzzTarget> All =>
    [
        new ParserTarget("stun-message", ParseMessage, Messages) { InputBytes = 2100, Words = Words, Repairing = input => StunRepair.Repair(input, Key) },
        new ParserTarget("datagram-demux", Classify, Datagrams) { InputBytes = 2100, Words = Words },
    ];

    private static IEnumerable<byte[]> Messages() => [.. Written(), .. Vectors.Folder("stun/webrtc-stun-corpus"), .. Vectors.Folder("stun/libjuice-fuzz")];

    private static IEnumerable<byte[]> Datagrams() =>
    [
        .. Messages(),
        [],
        [22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0],
        [23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 1, 0, 2, 1, 2],
        [0x40, 0x01, 0x00, 0x04, 1, 2, 3, 4],
        [0x80, 0xC8, 0, 6],
    ];

    /// <summary>One message with each attribute that we write, sealed with either integrity.</summary>
    private static List<byte[]> Written()
    {
        var address = TransportAddress.From(IPEndPoint.Parse("192.0.2.1:5000"));
        var address6 = TransportAddress.From(IPEndPoint.Parse("[2001:db8::1]:6000"));
        var buffer = new byte[1024];
        var messages = new List<byte[]>();

        var check = new StunWriter(buffer, StunMessageType.BindingRequest, new StunTransactionId(1, 2));
        UsernameAttribute.Write(ref check, "left"u8, "right"u8);
        PriorityAttribute.Write(ref check, 0x6E7F00FF);
        IceRoleAttribute.Write(ref check, isControlling: true, 7);
        UseCandidateAttribute.Write(ref check);
        Seal(ref check, messages);

        var success = new StunWriter(buffer, StunMessageType.BindingSuccess, new StunTransactionId(1, 2));
        XorMappedAddressAttribute.Write(ref success, address);
        MappedAddressAttribute.Write(ref success, StunAttributeType.MappedAddress, address6);
        TextAttribute.Write(ref success, StunAttributeType.Software, "killabeez");
        Seal(ref success, messages);

        var error = new StunWriter(buffer, StunMessageType.BindingError, new StunTransactionId(1, 2));
        ErrorCodeAttribute.Write(ref error, StunErrorCode.UnknownAttribute);
        UnknownAttributesAttribute.Write(ref error, [0x7001, 0x7002]);
        TextAttribute.Write(ref error, StunAttributeType.Realm, "example.org");
        TextAttribute.Write(ref error, StunAttributeType.Nonce, "f//499k954d6OL34oL9FSTvy64sA");
        MappedAddressAttribute.Write(ref error, StunAttributeType.AlternateServer, address);
        Seal(ref error, messages);

        var strong = new StunWriter(buffer, StunMessageType.BindingRequest, new StunTransactionId(3, 4));
        strong.Write(StunAttributeType.Userhash, new byte[32]);
        PasswordAlgorithmAttribute.Write(ref strong, StunPasswordAlgorithm.Sha256);
        MessageIntegritySha256Attribute.Write(ref strong, Key);
        FingerprintAttribute.Write(ref strong);
        messages.Add(strong.Written.ToArray());
        return messages;
    }

    private static void Seal(ref StunWriter writer, List<byte[]> messages)
    {
        MessageIntegrityAttribute.Write(ref writer, Key);
        FingerprintAttribute.Write(ref writer);
        messages.Add(writer.Written.ToArray());
    }

    private static int Classify(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        var kind = StunDemux.Classify(input);
        outcome.Add((int)kind);
        var isStun = StunDemux.IsStun(input);
        outcome.Add(isStun);
        OracleException.Require(kind != DatagramKind.Stun || isStun, "what is classified as STUN has a header of STUN");
        if (StunDemux.TryReadUsernameLocalUfrag(input, out var ufrag))
        {
            outcome.AddSize(ufrag.Length);
            OracleException.Require(!ufrag.Contains((byte)':') && !ufrag.IsEmpty, "a ufrag is not empty and has no colon");
        }

        return outcome.Value;
    }

    private static int ParseMessage(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        if (!StunMessage.TryParse(input, out var message, out var error))
        {
            OracleException.Require(error != StunParseError.None, "a refused message has an error");
            outcome.Add((int)error);
            return outcome.Value;
        }

        outcome.Add((int)message.Type.Class);
        outcome.Add(message.Type.IsBinding);
        outcome.Add(MessageIntegrityAttribute.IsValid(message, Key));
        outcome.Add(MessageIntegritySha256Attribute.IsValid(message, Key));
        outcome.Add(FingerprintAttribute.IsValid(message));
        ReadAttributes(message, ref outcome);
        OracleException.Require(StunDemux.IsStun(input), "what parses as STUN is recognised as STUN");
        return outcome.Value;
    }

    private static void ReadAttributes(in StunMessage message, ref Outcome outcome)
    {
        outcome.Add(UsernameAttribute.TryReadParts(message, out var receiver, out _));
        OracleException.RequireAtMost(receiver.Length, StunLimits.MaxUsernameBytes, "bytes of a ufrag");
        outcome.Add(XorMappedAddressAttribute.TryRead(message, out var xored));
        outcome.Add(xored.IsIPv6);
        outcome.Add(MappedAddressAttribute.TryRead(message, StunAttributeType.MappedAddress, out _));
        outcome.Add(MappedAddressAttribute.TryRead(message, StunAttributeType.AlternateServer, out _));
        outcome.Add(ErrorCodeAttribute.TryRead(message, out var code));
        OracleException.Require(code == default || code.Value is >= 300 and <= 699, "an error code is from 300 to 699");
        outcome.Add(PriorityAttribute.TryRead(message, out _));
        outcome.Add(IceRoleAttribute.TryRead(message, out _, out _));
        outcome.Add(PasswordAlgorithmAttribute.TryRead(message, out _));
        foreach (var type in (ReadOnlySpan<StunAttributeType>)[StunAttributeType.Realm, StunAttributeType.Nonce, StunAttributeType.Software, StunAttributeType.AlternateDomain])
        {
            outcome.Add(TextAttribute.TryRead(message, type, out var text));
            OracleException.RequireAtMost(text.Length, StunLimits.MaxTextBytes, "characters of a text");
        }

        ReadTurnAttributes(message, ref outcome);
        Span<ushort> types = stackalloc ushort[StunLimits.MaxListedUnknownAttributes];
        outcome.Add(UnknownAttributesAttribute.Read(message, types));
        outcome.AddSize(message.CollectUnknownRequired(types));
    }

    private static void ReadTurnAttributes(in StunMessage message, ref Outcome outcome)
    {
        outcome.Add(XorRelayedAddressAttribute.TryRead(message, out _));
        outcome.Add(XorPeerAddressAttribute.TryRead(message, out _));
        outcome.Add(ChannelNumberAttribute.TryRead(message, out _));
        outcome.Add(AddressErrorCodeAttribute.TryRead(message, out _, out _));
        outcome.Add(RequestedTransportAttribute.TryRead(message, out _));
        outcome.Add(LifetimeAttribute.TryRead(message, out _));
        outcome.Add(DataAttribute.TryRead(message, out var data));
        OracleException.RequireAtMost(data.Length, message.Bytes.Length, "bytes of DATA");
        outcome.Add(EvenPortAttribute.TryRead(message, out _));
        outcome.Add(RequestedAddressFamilyAttribute.TryRead(message, out _));
        outcome.Add(AdditionalAddressFamilyAttribute.TryRead(message, out _));
        outcome.Add(ReservationTokenAttribute.TryRead(message, out _));
        outcome.Add(PasswordAlgorithmsAttribute.TryReadFirstKnown(message, out _));
    }
}
