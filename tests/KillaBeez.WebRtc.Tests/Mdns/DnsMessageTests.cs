using KillaBeez.Tests;
using KillaBeez.WebRtc.Mdns;
using KillaBeez.WebRtc.Tests.Ice;

namespace KillaBeez.WebRtc.Tests.Mdns;

public sealed class DnsMessageTests
{
    private const string Name = "3e4ca78d-5e9c-4d0b-8e2e-1f3a8e3f2b52.local";

    /// <summary>One question and two answers whose names point at it, and at each other.</summary>
    private const string Compressed =
        "0000 8400 0001 0002 0000 0000"
        + "01 61 05 6c6f63616c 00 0001 0001"
        + "C00C 0001 8001 00000078 0004 0A000002"
        + "01 62 C00E 001C 8001 00000078 0010 20010DB8000000000000000000000002";

    [Fact]
    public void Message_WithPointers_IsRead()
    {
        var (records, error) = DnsForge.Read(Bytes(Compressed));
        Assert.Equal(DnsParseError.None, error);
        Assert.Equal([("a.local", "10.0.0.2"), ("b.local", "2001:db8::2")], records);
    }

    [Fact]
    public void Message_CutAtEveryByte_IsTruncated()
    {
        var whole = Bytes(Compressed);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Equal((length, DnsParseError.Truncated), (length, DnsForge.Read(whole[..length]).Error));
        }
    }

    [Theory]
    [InlineData("0000 8400 0000 0001 0000 0000 C00C 0001 0001 00000078 0004 0A000002", nameof(DnsParseError.BadPointer))]
    [InlineData("0000 8400 0000 0001 0000 0000 C010 0001 0001 00000078 0004 0A000002", nameof(DnsParseError.BadPointer))]
    [InlineData("0000 8400 0000 0001 0000 0000 FFFF 0001 0001 00000078 0004 0A000002", nameof(DnsParseError.BadPointer))]
    [InlineData("0000 8400 0000 0001 0000 0000 01 61 C00C 0001 0001 00000078 0004 0A000002", nameof(DnsParseError.BadPointer))]
    [InlineData("0000 8400 0001 0001 0000 0000 01 61 00 0001 0001 01 62 C013 0001 0001 00000078 0004 0A000002", nameof(DnsParseError.BadPointer))]
    [InlineData("0000 8400 0000 0001 0000 0000 40 00 0001 0001 00000078 0004 0A000002", nameof(DnsParseError.BadLabel))]
    [InlineData("0000 8400 0000 0001 0000 0000 80 00 0001 0001 00000078 0004 0A000002", nameof(DnsParseError.BadLabel))]
    [InlineData("0000 8400 0000 0001 0000 0000 00 0001 0001 00000078 0005 0A000002", nameof(DnsParseError.Truncated))]
    [InlineData("0000 8400 FFFF FFFF FFFF FFFF", nameof(DnsParseError.TooManyRecords))]
    [InlineData("0000 8400 0000 0101 0000 0000", nameof(DnsParseError.TooManyRecords))]
    public void Message_Malformed_IsRefusedByName(string hex, string expected) =>
        Assert.Equal(expected, DnsForge.Read(Bytes(hex)).Error.ToString());

    [Fact]
    public void Pointer_ChainsBackwards_AreFollowedToTheEnd()
    {
        // Question n is "x" and a pointer to question n - 1: every jump goes further back, names grow by two each.
        var writer = new SpanWriter(new byte[9000]);
        new DnsHeader(0, DnsForge.Response, 200, 0, 0, 0).Write(ref writer);
        var previous = -1;
        for (var i = 0; i < 200; i++)
        {
            var at = writer.Position;
            writer.WriteByte(1);
            writer.WriteByte((byte)'x');
            if (previous < 0)
            {
                writer.WriteByte(0);
            }
            else
            {
                writer.WriteUInt16((ushort)(0xC000 | previous));
            }

            writer.WriteUInt32(0x0001_0001);
            previous = at;
        }

        Assert.Equal(DnsParseError.NameTooLong, DnsForge.Read(writer.Written.ToArray()).Error);
    }

    [Theory]
    [InlineData(253, nameof(DnsParseError.None))]
    [InlineData(254, nameof(DnsParseError.NameTooLong))]
    public void Name_AtItsLimit_IsReadAndAboveRefused(int chars, string expected)
    {
        var labels = Enumerable.Repeat(new string('a', 63), 3).Append(new string('b', chars - (3 * 64)));
        if (chars - (3 * 64) > 63)
        {
            labels = labels.SkipLast(1).Append(new string('b', 60)).Append(new string('c', chars - (3 * 64) - 61));
        }

        var name = string.Join('.', labels);
        Assert.Equal(chars, name.Length);
        var (records, error) = DnsForge.Read(DnsForge.Answer((name, "10.0.0.2", 120)));
        Assert.Equal(expected, error.ToString());
        Assert.Equal(expected == "None" ? [(name, "10.0.0.2")] : [], records);
    }

    [Fact]
    public void Label_WithADotInside_IsNoEndOfALabel()
    {
        // One label "a.local" is another name than the labels "a" and "local".
        var (records, _) = DnsForge.Read(Bytes("0000 8400 0000 0001 0000 0000 07 612E6C6F63616C 00 0001 0001 00000078 0004 0A000002"));
        Assert.NotEqual("a.local", Assert.Single(records).Name);
    }

    [Fact]
    public void Datagram_LongerThanAllowed_IsRefused() =>
        Assert.Equal(DnsParseError.TooLong, DnsForge.Read(new byte[MdnsLimits.MaxDatagramBytes + 1]).Error);

    [Fact]
    public void Query_HasTheGoldenBytes()
    {
        var resolver = new MdnsResolver();
        resolver.Resolve(Instant.Zero, Name);
        var buffer = new byte[MdnsResolver.MinTransmitBytes];
        Assert.True(resolver.TryPollTransmit(Instant.Zero, buffer, out var written));
        const string question = "24 33653463613738642D356539632D346430622D386532652D316633613865336632623532 05 6C6F63616C 00";
        Assert.Equal(
            Bytes($"0000 0000 0002 0000 0000 0000 {question} 0001 8001 {question} 001C 8001"), buffer[..written]);
        Assert.Equal(MdnsResolver.MinTransmitBytes, written);
    }

    [SkippableFact]
    public void Corpus_OfBrowserFuzzing_NeverThrows()
    {
        var files = Directory.GetFiles(SharedFiles.Require("vectors/mdns/webrtc-mdns-corpus"));
        Assert.True(files.Length >= 20);
        foreach (var file in files)
        {
            var seed = File.ReadAllBytes(file);
            DnsForge.Read(seed);
            var random = new SeededRandomSource((ulong)seed.Length);
            for (var i = 0; i < 2000; i++)
            {
                var copy = seed[..random.NextInt32(0, seed.Length + 1)];
                for (var flips = random.NextInt32(0, 4); flips > 0 && copy.Length > 0; flips--)
                {
                    copy[random.NextInt32(0, copy.Length)] = (byte)random.NextInt32(0, 256);
                }

                DnsForge.Read(copy);
            }
        }
    }

    [Fact]
    public void Message_RandomlyChanged_NeverThrows()
    {
        foreach (var seed in SeedSweep.Of(20))
        {
            var random = new SeededRandomSource(seed);
            for (var i = 0; i < 500; i++)
            {
                var message = Bytes(Compressed);
                for (var flips = random.NextInt32(1, 6); flips > 0; flips--)
                {
                    message[random.NextInt32(0, message.Length)] = (byte)random.NextInt32(0, 256);
                }

                DnsForge.Read(message);
            }
        }
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", string.Empty, StringComparison.Ordinal));
}
