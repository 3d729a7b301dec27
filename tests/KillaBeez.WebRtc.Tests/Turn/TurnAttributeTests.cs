using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Tests.Turn;

public sealed class TurnAttributeTests
{
    private static readonly StunTransactionId Id = new(0x01020304, 0x05060708090A0B0C);

    private delegate void Writes(ref StunWriter writer);

    [Fact]
    public void Attributes_AreWrittenAsGoldenBytes()
    {
        Expect("000C0004" + "40010000", static (ref w) => ChannelNumberAttribute.Write(ref w, new ChannelNumber(0x4001)));
        Expect("000D0004" + "00000258", static (ref w) => LifetimeAttribute.Write(ref w, 600));
        Expect("00120008" + "0001" + "3A4A" + "EA12D570", static (ref w) => XorPeerAddressAttribute.Write(ref w, TurnRig.Parse("203.0.113.50:7000")));
        Expect(
            "00160014" + "0002" + "3A4A" + "0113A9FA" + "01020304" + "05060708" + "090A0B0D",
            static (ref w) => XorRelayedAddressAttribute.Write(ref w, TurnRig.Parse("[2001:db8::1]:7000")));
        Expect("00130003" + "61626300", static (ref w) => DataAttribute.Write(ref w, "abc"u8));
        Expect("00130000", static (ref w) => DataAttribute.Write(ref w, []));
        Expect("00170004" + "02000000", static (ref w) => RequestedAddressFamilyAttribute.Write(ref w, TurnAddressFamily.IPv6));
        Expect("80000004" + "02000000", static (ref w) => AdditionalAddressFamilyAttribute.Write(ref w, TurnAddressFamily.IPv6));
        Expect("00180001" + "80000000", static (ref w) => EvenPortAttribute.Write(ref w, reserveNext: true));
        Expect("00180001" + "00000000", static (ref w) => EvenPortAttribute.Write(ref w, reserveNext: false));
        Expect("00190004" + "11000000", static (ref w) => RequestedTransportAttribute.Write(ref w, RequestedTransportAttribute.Udp));
        Expect("001A0000", static (ref w) => DontFragmentAttribute.Write(ref w));
        Expect("00220008" + "0102030405060708", static (ref w) => ReservationTokenAttribute.Write(ref w, 0x0102030405060708));
        Expect(
            "8001000D" + "02000403" + "466F7262696464656E" + "000000",
            static (ref w) => AddressErrorCodeAttribute.Write(ref w, TurnAddressFamily.IPv6, StunErrorCode.Forbidden));
        Expect(
            "80020008" + "00020000" + "00010000",
            static (ref w) => PasswordAlgorithmsAttribute.Write(ref w, [StunPasswordAlgorithm.Sha256, StunPasswordAlgorithm.Md5]));
        Expect("80230008" + "0001" + "0D96" + "C0000201", static (ref w) => MappedAddressAttribute.Write(ref w, StunAttributeType.AlternateServer, TurnRig.Parse("192.0.2.1:3478")));
        Expect("80030005" + "612E6F7267000000", static (ref w) => TextAttribute.Write(ref w, StunAttributeType.AlternateDomain, "a.org"));
    }

    [Fact]
    public void MessageTypes_AreThoseOfTheRegistry()
    {
        Assert.Equal(0x0003, StunMessageType.AllocateRequest.Value);
        Assert.Equal(0x0103, StunMessageType.AllocateRequest.ToSuccess().Value);
        Assert.Equal(0x0113, StunMessageType.AllocateRequest.ToError().Value);
        Assert.Equal(0x0004, StunMessageType.RefreshRequest.Value);
        Assert.Equal(0x0016, StunMessageType.SendIndication.Value);
        Assert.Equal(0x0017, StunMessageType.DataIndication.Value);
        Assert.Equal(0x0008, StunMessageType.CreatePermissionRequest.Value);
        Assert.Equal(0x0009, StunMessageType.ChannelBindRequest.Value);
        Assert.Equal(0x0119, StunMessageType.ChannelBindRequest.ToError().Value);
    }

    [Fact]
    public void Attributes_ReadBack_AreWhatWasWritten()
    {
        var bytes = All();
        Assert.True(StunMessage.TryParse(bytes, out var message, out _));

        Assert.True(ChannelNumberAttribute.TryRead(message, out var channel));
        Assert.Equal(new ChannelNumber(0x4ABC), channel);
        Assert.True(LifetimeAttribute.TryRead(message, out var lifetime));
        Assert.Equal(0xFFFF_FFFFu, lifetime);
        var peers = new TransportAddress[3];
        Assert.Equal(2, XorPeerAddressAttribute.ReadAll(message, peers));
        Assert.Equal([TurnRig.Parse("203.0.113.50:7000"), TurnRig.Parse("[2001:db8::50]:7001"), default], peers);
        Assert.True(XorPeerAddressAttribute.TryRead(message, out var peer));
        Assert.Equal(peers[0], peer);
        Assert.True(XorRelayedAddressAttribute.TryRead(message, out var relayed));
        Assert.Equal(TurnRig.Parse("[2001:db8::7]:50000"), relayed);
        Assert.True(DataAttribute.TryRead(message, out var data));
        Assert.Equal([1, 2, 3, 4, 5], data.ToArray());
        Assert.True(RequestedAddressFamilyAttribute.TryRead(message, out var family));
        Assert.Equal(TurnAddressFamily.IPv6, family);
        Assert.True(AdditionalAddressFamilyAttribute.TryRead(message, out var additional));
        Assert.Equal(TurnAddressFamily.IPv4, additional);
        Assert.True(EvenPortAttribute.TryRead(message, out var reserveNext));
        Assert.True(reserveNext);
        Assert.True(RequestedTransportAttribute.TryRead(message, out var protocol));
        Assert.Equal(RequestedTransportAttribute.Udp, protocol);
        Assert.True(DontFragmentAttribute.IsPresent(message));
        Assert.True(ReservationTokenAttribute.TryRead(message, out var token));
        Assert.Equal(42u, token);
        Assert.True(AddressErrorCodeAttribute.TryRead(message, out family, out var code));
        Assert.Equal((TurnAddressFamily.IPv6, StunErrorCode.AddressFamilyNotSupported), (family, code));
        Assert.True(PasswordAlgorithmsAttribute.TryReadFirstKnown(message, out var algorithm));
        Assert.Equal(StunPasswordAlgorithm.Sha256, algorithm);
        Assert.True(MappedAddressAttribute.TryRead(message, StunAttributeType.AlternateServer, out var alternate));
        Assert.Equal(TurnRig.Parse("192.0.2.1:3478"), alternate);
        Assert.Equal(0, message.CollectUnknownRequired(stackalloc ushort[4]));
    }

    [Fact]
    public void Peers_MoreThanFitOrBroken_AreRefused()
    {
        Assert.True(StunMessage.TryParse(All(), out var message, out _));
        Assert.Equal(-1, XorPeerAddressAttribute.ReadAll(message, new TransportAddress[1]));

        var writer = new StunWriter(new byte[100], StunMessageType.CreatePermissionRequest, Id);
        XorPeerAddressAttribute.Write(ref writer, TurnRig.Parse("203.0.113.50:7000"));
        writer.Write(StunAttributeType.XorPeerAddress, [0, 1, 2, 3, 4]);
        Assert.True(StunMessage.TryParse(writer.Written, out message, out _));
        Assert.Equal(-1, XorPeerAddressAttribute.ReadAll(message, new TransportAddress[4]));
    }

    [Fact]
    public void Attributes_WithEveryOtherLength_AreNotRead()
    {
        for (var length = 0; length <= 24; length++)
        {
            foreach (var (type, valid, reads) in FixedSizes())
            {
                var writer = new StunWriter(new byte[64], StunMessageType.AllocateRequest, Id);
                writer.Reserve(type, length).Clear();
                Assert.True(reads(writer.Written.ToArray()) == valid.Contains(length), $"{type} of {length} bytes");
            }
        }
    }

    [Theory]
    [InlineData("00030000")] // neither algorithm
    [InlineData("0001")] // no parameter length
    [InlineData("00010004")] // parameters that are not there
    [InlineData("0002000000010008")] // a good one, then a broken one
    [InlineData("0001000461626364")] // MD5 with parameters, which it does not have
    public void PasswordAlgorithms_UnknownOrBroken_AreNotRead(string value)
    {
        var writer = new StunWriter(new byte[64], StunMessageType.AllocateRequest, Id);
        writer.Write(StunAttributeType.PasswordAlgorithms, Convert.FromHexString(value));
        Assert.True(StunMessage.TryParse(writer.Written, out var message, out _));
        Assert.False(PasswordAlgorithmsAttribute.TryReadFirstKnown(message, out _));
    }

    [Fact]
    public void PasswordAlgorithms_UnknownOnesWithParameters_AreSkipped()
    {
        var writer = new StunWriter(new byte[64], StunMessageType.AllocateRequest, Id);
        writer.Write(StunAttributeType.PasswordAlgorithms, Convert.FromHexString("0077000541424344450000000002000000010000"));
        Assert.True(StunMessage.TryParse(writer.Written, out var message, out _));
        Assert.True(PasswordAlgorithmsAttribute.TryReadFirstKnown(message, out var algorithm));
        Assert.Equal(StunPasswordAlgorithm.Sha256, algorithm);
    }

    [Fact]
    public void Message_TruncatedAtEveryByteWithMatchingLength_NeverReadsBeyond()
    {
        var bytes = All();
        for (var length = 0; length < bytes.Length; length++)
        {
            TurnReading.ReadEverything(bytes.AsSpan(0, length));
            if (length >= StunHeader.Bytes && length % 4 == 0)
            {
                var cut = bytes[..length];
                cut[2] = (byte)((length - StunHeader.Bytes) >> 8);
                cut[3] = (byte)(length - StunHeader.Bytes);
                TurnReading.ReadEverything(cut);
            }
        }
    }

    [Fact]
    public void Message_RandomMutations_NeverThrow()
    {
        var random = new SeededRandomSource(7);
        var original = All();
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = original.ToArray();
            for (var flips = random.NextInt32(1, 6); flips > 0; flips--)
            {
                bytes[random.NextInt32(StunHeader.Bytes, bytes.Length)] = (byte)random.NextUInt32();
            }

            TurnReading.ReadEverything(bytes);
        }
    }

    [Fact]
    public void Limits_BindingsStaySmallAndOthersHoldADatagram()
    {
        Assert.Equal(StunParseError.TooLong, Parse(StunMessageType.BindingRequest, StunLimits.MaxMessageBytes + 4));
        Assert.Equal(StunParseError.None, Parse(StunMessageType.BindingRequest, StunLimits.MaxMessageBytes));
        Assert.Equal(StunParseError.None, Parse(StunMessageType.SendIndication, StunLimits.MaxTurnMessageBytes & ~3));
        Assert.Equal(StunParseError.TooLong, Parse(StunMessageType.SendIndication, (StunLimits.MaxTurnMessageBytes & ~3) + 4));

        static StunParseError Parse(StunMessageType type, int bytes)
        {
            var writer = new StunWriter(new byte[bytes], type, Id);
            writer.Reserve(StunAttributeType.Data, bytes - StunHeader.Bytes - 4);
            _ = StunMessage.TryParse(writer.Written, out _, out var error);
            return error;
        }
    }

    [Fact]
    public void Integrity_BehindTooManyBytes_IsNotValid()
    {
        foreach (var (bytes, isValid) in new[] { (StunLimits.MaxProtectedBytes - StunHeader.Bytes - 4, true), (StunLimits.MaxProtectedBytes - StunHeader.Bytes, false) })
        {
            var writer = new StunWriter(new byte[8192], StunMessageType.AllocateRequest, Id);
            writer.Reserve(StunAttributeType.Data, bytes);
            var sha256 = writer;
            MessageIntegrityAttribute.Write(ref writer, [1, 2, 3]);
            Assert.True(StunMessage.TryParse(writer.Written, out var message, out _));
            Assert.Equal(isValid, MessageIntegrityAttribute.IsValid(message, [1, 2, 3]));

            MessageIntegritySha256Attribute.Write(ref sha256, [1, 2, 3]);
            Assert.True(StunMessage.TryParse(sha256.Written, out message, out _));
            Assert.Equal(isValid, MessageIntegritySha256Attribute.IsValid(message, [1, 2, 3]));
        }
    }

    private static void Expect(string attribute, Writes write)
    {
        var writer = new StunWriter(stackalloc byte[128], StunMessageType.AllocateRequest, Id);
        write(ref writer);
        Assert.Equal(attribute, Convert.ToHexString(writer.Written[StunHeader.Bytes..]));
    }

    private static byte[] All()
    {
        var writer = new StunWriter(new byte[512], StunMessageType.AllocateRequest, Id);
        ChannelNumberAttribute.Write(ref writer, new ChannelNumber(0x4ABC));
        LifetimeAttribute.Write(ref writer, 0xFFFF_FFFF);
        XorPeerAddressAttribute.Write(ref writer, TurnRig.Parse("203.0.113.50:7000"));
        XorPeerAddressAttribute.Write(ref writer, TurnRig.Parse("[2001:db8::50]:7001"));
        XorRelayedAddressAttribute.Write(ref writer, TurnRig.Parse("[2001:db8::7]:50000"));
        DataAttribute.Write(ref writer, [1, 2, 3, 4, 5]);
        RequestedAddressFamilyAttribute.Write(ref writer, TurnAddressFamily.IPv6);
        AdditionalAddressFamilyAttribute.Write(ref writer, TurnAddressFamily.IPv4);
        EvenPortAttribute.Write(ref writer, reserveNext: true);
        RequestedTransportAttribute.Write(ref writer, RequestedTransportAttribute.Udp);
        DontFragmentAttribute.Write(ref writer);
        ReservationTokenAttribute.Write(ref writer, 42);
        AddressErrorCodeAttribute.Write(ref writer, TurnAddressFamily.IPv6, StunErrorCode.AddressFamilyNotSupported);
        PasswordAlgorithmsAttribute.Write(ref writer, [StunPasswordAlgorithm.Sha256, StunPasswordAlgorithm.Md5]);
        MappedAddressAttribute.Write(ref writer, StunAttributeType.AlternateServer, TurnRig.Parse("192.0.2.1:3478"));
        MessageIntegrityAttribute.Write(ref writer, [1, 2, 3]);
        return writer.Written.ToArray();
    }

    private static IEnumerable<(StunAttributeType Type, int[] Valid, Func<byte[], bool> Reads)> FixedSizes()
    {
        yield return (StunAttributeType.ChannelNumber, [4], static bytes => ChannelNumberAttribute.TryRead(Parsed(bytes), out _));
        yield return (StunAttributeType.Lifetime, [4], static bytes => LifetimeAttribute.TryRead(Parsed(bytes), out _));
        yield return (StunAttributeType.RequestedAddressFamily, [4], static bytes => RequestedAddressFamilyAttribute.TryRead(Parsed(bytes), out _));
        yield return (StunAttributeType.AdditionalAddressFamily, [4], static bytes => AdditionalAddressFamilyAttribute.TryRead(Parsed(bytes), out _));
        yield return (StunAttributeType.EvenPort, [1], static bytes => EvenPortAttribute.TryRead(Parsed(bytes), out _));
        yield return (StunAttributeType.RequestedTransport, [4], static bytes => RequestedTransportAttribute.TryRead(Parsed(bytes), out _));
        yield return (StunAttributeType.ReservationToken, [8], static bytes => ReservationTokenAttribute.TryRead(Parsed(bytes), out _));

        // All zeros is no family and no error class.
        yield return (StunAttributeType.XorPeerAddress, [], static bytes => XorPeerAddressAttribute.TryRead(Parsed(bytes), out _));
        yield return (StunAttributeType.XorRelayedAddress, [], static bytes => XorRelayedAddressAttribute.TryRead(Parsed(bytes), out _));
        yield return (StunAttributeType.AddressErrorCode, [], static bytes => AddressErrorCodeAttribute.TryRead(Parsed(bytes), out _, out _));
    }

    private static StunMessage Parsed(byte[] bytes)
    {
        Assert.True(StunMessage.TryParse(bytes, out var message, out _));
        return message;
    }
}
