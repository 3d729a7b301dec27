using System.Text;
using KillaBeez.Tests;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Tests.Ice;
using KillaBeez.WebRtc.Tests.Turn;

namespace KillaBeez.WebRtc.Tests.Stun;

public sealed class StunVectorTests
{
    private static readonly byte[] ShortTermKey = Encoding.ASCII.GetBytes(StunVectors.Password);

    [SkippableFact]
    public void Request_OfRfc5769_IsReadAndVerified()
    {
        var message = Parse(StunVectors.Load("rfc5769-2.1-request"));

        Assert.Equal(StunMessageType.BindingRequest, message.Type);
        Assert.Equal(new StunTransactionId(0xb7e7a701, 0xbc34d686fa87dfae), message.TransactionId);
        Assert.True(UsernameAttribute.TryReadParts(message, out var receiver, out var sender));
        Assert.Equal("evtj", Encoding.ASCII.GetString(receiver));
        Assert.Equal("h6vY", Encoding.ASCII.GetString(sender));
        Assert.True(PriorityAttribute.TryRead(message, out var priority));
        Assert.Equal(0x6e0001ffu, priority);
        Assert.True(IceRoleAttribute.TryRead(message, out var isControlling, out var tieBreaker));
        Assert.False(isControlling);
        Assert.Equal(0x932ff9b151263b36u, tieBreaker);
        Assert.True(TextAttribute.TryRead(message, StunAttributeType.Software, out var software));
        Assert.Equal("STUN test client", software);
        Assert.True(FingerprintAttribute.IsValid(message));
        Assert.True(MessageIntegrityAttribute.IsValid(message, ShortTermKey));
        Assert.False(MessageIntegrityAttribute.IsValid(message, "VOkJxbRl1RmTxUk/WvJxBu"u8));
    }

    [SkippableTheory]
    [InlineData("rfc5769-2.2-response-ipv4", "192.0.2.1:32853")]
    [InlineData("rfc5769-2.3-response-ipv6", "[2001:db8:1234:5678:11:2233:4455:6677]:32853")]
    public void Response_OfRfc5769_IsReadAndWrittenByteForByte(string name, string mapped)
    {
        var bytes = StunVectors.Load(name);
        var message = Parse(bytes);

        Assert.True(XorMappedAddressAttribute.TryRead(message, out var address));
        Assert.Equal(IceNetwork.Parse(mapped), address);
        Assert.True(MessageIntegrityAttribute.IsValid(message, ShortTermKey));
        Assert.True(FingerprintAttribute.IsValid(message));

        Span<byte> buffer = stackalloc byte[256];
        var writer = new StunWriter(buffer, StunMessageType.BindingSuccess, message.TransactionId);
        TextAttribute.Write(ref writer, StunAttributeType.Software, "test vector");

        // The vector pads with a space; the padding is covered by the MAC, so it is set before sealing.
        buffer[writer.Length - 1] = 0x20;
        XorMappedAddressAttribute.Write(ref writer, address);
        MessageIntegrityAttribute.Write(ref writer, ShortTermKey);
        FingerprintAttribute.Write(ref writer);
        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(writer.Written));
    }

    [SkippableFact]
    public void LongTermRequest_OfRfc5769_IsVerifiedWithMd5Key()
    {
        var message = Parse(StunVectors.Load("rfc5769-2.4-longterm"));

        Assert.True(TextAttribute.TryRead(message, StunAttributeType.Username, out var user));
        Assert.Equal(StunVectors.UnicodeUser, user);
        Assert.True(TextAttribute.TryRead(message, StunAttributeType.Realm, out var realm));
        Assert.Equal(StunVectors.Realm, realm);
        Assert.True(MessageIntegrityAttribute.IsValid(message, StunKeys.LongTermMd5(user, realm, "TheMatrIX")));
        Assert.False(FingerprintAttribute.IsValid(message));
    }

    [SkippableFact]
    public void Sha256Request_OfRfc8489_IsVerifiedAndWrittenByteForByte()
    {
        var bytes = StunVectors.Load("rfc8489-B.1-erratum6268");
        var message = Parse(bytes);
        var key = StunKeys.LongTermSha256(StunVectors.UnicodeUser, StunVectors.Realm, "TheMatrIX");

        Assert.True(message.TryGet(StunAttributeType.Userhash, out var userhash));
        Assert.Equal(StunKeys.Userhash(StunVectors.UnicodeUser, StunVectors.Realm), userhash.ToArray());
        Assert.True(PasswordAlgorithmAttribute.TryRead(message, out var algorithm));
        Assert.Equal(StunPasswordAlgorithm.Sha256, algorithm);
        Assert.True(MessageIntegritySha256Attribute.IsValid(message, key));
        Assert.False(MessageIntegrityAttribute.IsValid(message, key));

        var writer = new StunWriter(stackalloc byte[256], message.Type, message.TransactionId);
        writer.Write(StunAttributeType.Userhash, userhash);
        TextAttribute.Write(ref writer, StunAttributeType.Nonce, "obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA");
        TextAttribute.Write(ref writer, StunAttributeType.Realm, StunVectors.Realm);
        PasswordAlgorithmAttribute.Write(ref writer, StunPasswordAlgorithm.Sha256);
        MessageIntegritySha256Attribute.Write(ref writer, key);
        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(writer.Written));
    }

    [SkippableFact]
    public void BrowserRequests_AllAreReadAndTheirFingerprintsHold()
    {
        var count = 0;
        foreach (var line in File.ReadLines(SharedFiles.Require("vectors/stun/frombrowsers.csv")))
        {
            var fields = line.Split(',');
            if (line.StartsWith('#') || fields[0] == "ip")
            {
                continue;
            }

            var message = Parse(Convert.FromBase64String(fields[1]));
            Assert.Equal(StunMessageType.BindingRequest, message.Type);
            Assert.True(message.FingerprintOffset < 0 || FingerprintAttribute.IsValid(message), line);
            count++;
        }

        Assert.Equal(14, count);
    }

    [SkippableFact]
    public void ChromeCheck_IsRead()
    {
        var bytes = File.ReadAllBytes(SharedFiles.Require("vectors/stun/ex1_chrome.stun"));
        var message = Parse(bytes);

        Assert.Equal(StunMessageType.BindingRequest, message.Type);
        Assert.Equal(0, message.CollectUnknownRequired(stackalloc ushort[8]));
    }

    [SkippableTheory]
    [InlineData("vectors/stun/webrtc-stun-corpus")]
    [InlineData("vectors/stun/libjuice-fuzz")]
    public void Corpus_NeverThrows(string folder)
    {
        var read = 0;
        foreach (var file in Directory.GetFiles(SharedFiles.Require(folder)))
        {
            var bytes = File.ReadAllBytes(file);
            TurnReading.ReadEverything(bytes);
            read += StunMessage.TryParse(bytes, out _, out _) ? 1 : 0;
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] ^= 0xFF;
                TurnReading.ReadEverything(bytes);
                bytes[i] ^= 0xFF;
            }
        }

        Assert.True(read > 0, "The corpus holds messages that are read.");
    }

    private static StunMessage Parse(byte[] bytes)
    {
        Assert.True(StunMessage.TryParse(bytes, out var message, out var error), error.ToString());
        return message;
    }
}
