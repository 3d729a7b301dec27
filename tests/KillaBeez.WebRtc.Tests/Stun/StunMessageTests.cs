using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Tests.Ice;

namespace KillaBeez.WebRtc.Tests.Stun;

public sealed class StunMessageTests
{
    private static readonly StunTransactionId Id = new(0x01020304, 0x05060708090A0B0C);
    private static readonly byte[] Key = "a password of 22 chars"u8.ToArray();

    [Fact]
    public void Request_IsWrittenAsGoldenBytes()
    {
        const string expected =
            "000100182112A4420102030405060708090A0B0C" // binding request, 24 bytes, cookie, id
            + "0024" + "0004" + "6E7F00FF" // PRIORITY
            + "802A" + "0008" + "1122334455667788" // ICE-CONTROLLING
            + "0025" + "0000"; // USE-CANDIDATE
        var writer = new StunWriter(stackalloc byte[128], StunMessageType.BindingRequest, Id);
        PriorityAttribute.Write(ref writer, 0x6E7F00FF);
        IceRoleAttribute.Write(ref writer, isControlling: true, 0x1122334455667788);
        UseCandidateAttribute.Write(ref writer);

        Assert.Equal(expected, Convert.ToHexString(writer.Written));
    }

    [Fact]
    public void MessageType_WeavesClassIntoMethod()
    {
        Assert.Equal(0x0001, StunMessageType.BindingRequest.Value);
        Assert.Equal(0x0011, StunMessageType.BindingIndication.Value);
        Assert.Equal(0x0101, StunMessageType.BindingSuccess.Value);
        Assert.Equal(0x0111, StunMessageType.BindingError.Value);
        for (var method = 0; method <= 0xFFF; method++)
        {
            foreach (var messageClass in Enum.GetValues<StunClass>())
            {
                var type = StunMessageType.From((ushort)method, messageClass);
                Assert.Equal(method, type.Method);
                Assert.Equal(messageClass, type.Class);
                Assert.True(type.Value <= 0x3FFF);
            }
        }
    }

    [Fact]
    public void Parse_TruncatedAtEveryByte_Refuses()
    {
        var bytes = Full();
        Assert.True(StunMessage.TryParse(bytes, out _, out _));
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(StunMessage.TryParse(bytes.AsSpan(0, length), out _, out var error), $"length {length}");
            Assert.Equal(length < StunHeader.Bytes ? StunParseError.TooShort : StunParseError.BadLength, error);
            StunReading.ReadEverything(bytes.AsSpan(0, length));
        }
    }

    [Fact]
    public void Parse_TruncatedWithMatchingLength_NeverReadsBeyond()
    {
        var bytes = Full();
        for (var length = StunHeader.Bytes; length < bytes.Length; length += 4)
        {
            var cut = bytes[..length];
            cut[2] = (byte)((length - StunHeader.Bytes) >> 8);
            cut[3] = (byte)(length - StunHeader.Bytes);
            StunReading.ReadEverything(cut);
        }
    }

    [Fact]
    public void Parse_RandomMutations_NeverThrow()
    {
        var random = new SeededRandomSource(5);
        var original = Full();
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = original.ToArray();
            var flips = random.NextInt32(1, 6);
            for (var i = 0; i < flips; i++)
            {
                bytes[random.NextInt32(StunHeader.Bytes, bytes.Length)] = (byte)random.NextUInt32();
            }

            StunReading.ReadEverything(bytes);
        }
    }

    [Fact]
    public void Integrity_AnyBitFlipped_Fails()
    {
        var bytes = Full();
        for (var i = 0; i < bytes.Length - 8; i++)
        {
            bytes[i] ^= 0x01;
            if (StunMessage.TryParse(bytes, out var message, out _))
            {
                Assert.False(MessageIntegrityAttribute.IsValid(message, Key), $"byte {i}");
                Assert.False(FingerprintAttribute.IsValid(message), $"byte {i}");
            }

            bytes[i] ^= 0x01;
        }
    }

    [Fact]
    public void Attributes_BehindIntegrity_AreIgnored()
    {
        var writer = new StunWriter(stackalloc byte[128], StunMessageType.BindingRequest, Id);
        MessageIntegrityAttribute.Write(ref writer, Key);
        UseCandidateAttribute.Write(ref writer);
        writer.Write((StunAttributeType)0x7FFE, [1, 2, 3, 4]);
        FingerprintAttribute.Write(ref writer);

        Assert.True(StunMessage.TryParse(writer.Written, out var message, out _));
        Assert.True(MessageIntegrityAttribute.IsValid(message, Key));
        Assert.False(UseCandidateAttribute.IsPresent(message));
        Assert.Equal(0, message.CollectUnknownRequired(stackalloc ushort[4]));
    }

    [Fact]
    public void Attributes_BehindFingerprint_MakeTheMessageMalformed()
    {
        var writer = new StunWriter(stackalloc byte[128], StunMessageType.BindingRequest, Id);
        FingerprintAttribute.Write(ref writer);
        UseCandidateAttribute.Write(ref writer);

        Assert.False(StunMessage.TryParse(writer.Written, out _, out var error));
        Assert.Equal(StunParseError.FingerprintNotLast, error);
    }

    [Fact]
    public void Attributes_Repeated_FirstOneCounts()
    {
        var writer = new StunWriter(stackalloc byte[128], StunMessageType.BindingRequest, Id);
        PriorityAttribute.Write(ref writer, 1);
        PriorityAttribute.Write(ref writer, 2);

        Assert.True(StunMessage.TryParse(writer.Written, out var message, out _));
        Assert.True(PriorityAttribute.TryRead(message, out var priority));
        Assert.Equal(1u, priority);
    }

    [Fact]
    public void UnknownAttributes_OnlyRequiredOnesAreReportedOnce()
    {
        var writer = new StunWriter(stackalloc byte[128], StunMessageType.BindingRequest, Id);
        writer.Write((StunAttributeType)0x7F00, [1]);
        writer.Write((StunAttributeType)0xC057, [1, 2]);
        writer.Write((StunAttributeType)0x7F00, [2]);
        writer.Write((StunAttributeType)0x0031, [3]);

        Assert.True(StunMessage.TryParse(writer.Written, out var message, out _));
        Span<ushort> types = stackalloc ushort[8];
        var count = message.CollectUnknownRequired(types);
        Assert.Equal([0x7F00, 0x0031], types[..count].ToArray());
    }

    [Fact]
    public void Attributes_BeyondTheLimit_AreRefused()
    {
        var writer = new StunWriter(new byte[1024], StunMessageType.BindingRequest, Id);
        for (var i = 0; i <= StunLimits.MaxAttributes; i++)
        {
            writer.Write((StunAttributeType)0xC000, default);
        }

        Assert.False(StunMessage.TryParse(writer.Written, out _, out var error));
        Assert.Equal(StunParseError.TooManyAttributes, error);
    }

    [Theory]
    [InlineData("192.0.2.1:1")]
    [InlineData("255.255.255.255:65535")]
    [InlineData("[2001:db8::1]:443")]
    [InlineData("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")]
    public void XorMappedAddress_RoundTrips(string text)
    {
        var address = IceNetwork.Parse(text);
        var writer = new StunWriter(stackalloc byte[128], StunMessageType.BindingSuccess, Id);
        XorMappedAddressAttribute.Write(ref writer, address);
        MappedAddressAttribute.Write(ref writer, StunAttributeType.MappedAddress, address);

        Assert.True(StunMessage.TryParse(writer.Written, out var message, out _));
        Assert.True(XorMappedAddressAttribute.TryRead(message, out var xored));
        Assert.True(MappedAddressAttribute.TryRead(message, StunAttributeType.MappedAddress, out var plain));
        Assert.Equal(address, xored);
        Assert.Equal(address, plain);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(420)]
    [InlineData(487)]
    [InlineData(699)]
    public void ErrorCode_RoundTrips(int code)
    {
        var writer = new StunWriter(stackalloc byte[128], StunMessageType.BindingError, Id);
        ErrorCodeAttribute.Write(ref writer, new StunErrorCode(code));
        UnknownAttributesAttribute.Write(ref writer, [0x7F00, 0x0031, 0x0032]);

        Assert.True(StunMessage.TryParse(writer.Written, out var message, out _));
        Assert.True(ErrorCodeAttribute.TryRead(message, out var read));
        Assert.Equal(code, read.Value);
        Span<ushort> types = stackalloc ushort[8];
        Assert.Equal(3, UnknownAttributesAttribute.Read(message, types));
        Assert.Equal([0x7F00, 0x0031, 0x0032], types[..3].ToArray());
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 99)]
    [InlineData(7, 0)]
    [InlineData(4, 100)]
    public void ErrorCode_OutOfRange_IsRefused(byte hundreds, byte number)
    {
        var writer = new StunWriter(stackalloc byte[128], StunMessageType.BindingError, Id);
        writer.Write(StunAttributeType.ErrorCode, [0, 0, hundreds, number]);

        Assert.True(StunMessage.TryParse(writer.Written, out var message, out _));
        Assert.False(ErrorCodeAttribute.TryRead(message, out _));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(28)]
    public void IntegritySha256_CutBySender_IsVerified(int bytes)
    {
        Span<byte> full = stackalloc byte[128];
        Span<byte> buffer = stackalloc byte[128];
        var writer = new StunWriter(buffer, StunMessageType.BindingRequest, Id);
        var value = writer.ReserveSealing(StunAttributeType.MessageIntegritySha256, bytes, out var covered);
        System.Security.Cryptography.HMACSHA256.HashData(Key, covered, full);
        full[..bytes].CopyTo(value);

        Assert.True(StunMessage.TryParse(writer.Written, out var message, out _));
        Assert.True(MessageIntegritySha256Attribute.IsValid(message, Key));
        Assert.False(MessageIntegritySha256Attribute.IsValid(message, "other"u8));
    }

    [Fact]
    public void CheckPath_ReadingAndVerifying_AllocatesNothing()
    {
        var bytes = Full();
        Verify(bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Verify(bytes);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Verify(byte[] bytes)
        {
            if (!StunMessage.TryParse(bytes, out var message, out _)
                || !MessageIntegrityAttribute.IsValid(message, Key)
                || !FingerprintAttribute.IsValid(message)
                || !PriorityAttribute.TryRead(message, out _))
            {
                throw new InvalidOperationException();
            }
        }
    }

    private static byte[] Full()
    {
        var writer = new StunWriter(stackalloc byte[256], StunMessageType.BindingRequest, Id);
        UsernameAttribute.Write(ref writer, "abcd"u8, "efghi"u8);
        PriorityAttribute.Write(ref writer, 77);
        IceRoleAttribute.Write(ref writer, isControlling: false, 99);
        XorMappedAddressAttribute.Write(ref writer, IceNetwork.Parse("[2001:db8::1]:443"));
        MessageIntegrityAttribute.Write(ref writer, Key);
        FingerprintAttribute.Write(ref writer);
        return writer.Written.ToArray();
    }
}
