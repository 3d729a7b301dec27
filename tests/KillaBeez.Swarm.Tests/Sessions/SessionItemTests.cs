using System.Text;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

public sealed class SessionItemTests
{
    /// <summary>Every item with golden bytes and what they mean.</summary>
    public static TheoryData<string, string> Golden => new()
    {
        { "01AABBCC", "Data AABBCC" },
        { "0205", "Start 5" },
        { "0240FF", "Start 255" },
        { "0380010000", "Ack 65536" },
        { "03C000000100000000", "Ack 4294967296" },
        { "0400", "Pull 0" },
        { "05", "Fin" },
        { "060102030405060708", "Ping 72623859790382856" },
        { "070102030405060708", "Pong 72623859790382856" },
        { "080207", "End Aborted 7 " },
        { "0800" + "40FF" + "6F6B", "End Closed 255 ok" },
        { "0904", "Bye Draining" },
        { "0301" + "0402" + "0600000000000000AA" + "0203" + "01FF", "Ack 1, Pull 2, Ping 170, Start 3, Data FF" },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void TryRead_GoldenBytes_TheItems(string hex, string expected)
    {
        Assert.Equal((expected, SessionItemError.None), Read(Convert.FromHexString(hex)));
    }

    [Fact]
    public void Writer_EveryItem_GoldenBytes()
    {
        var buffer = new byte[200];
        var writer = new SpanWriter(buffer);
        SessionItemWriter.WriteNumber(ref writer, SessionItemKind.Ack, 65_536);
        SessionItemWriter.WriteNumber(ref writer, SessionItemKind.Pull, 255);
        SessionItemWriter.WriteEcho(ref writer, SessionItemKind.Pong, 0x0102030405060708);
        SessionItemWriter.WriteFin(ref writer);
        SessionItemWriter.WriteBye(ref writer, LinkByeReason.Draining);
        SessionItemWriter.WriteEnd(ref writer, SessionEndCode.NoProgress, 3, "é");
        Assert.Equal("0380010000" + "0440FF" + "070102030405060708" + "05" + "0904" + "080403C3A9", Convert.ToHexString(writer.Written));
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void TryRead_CutAtAnyByte_NeverReadsMore(string hex, string expected)
    {
        var bytes = Convert.FromHexString(hex);
        for (var length = 0; length < bytes.Length; length++)
        {
            var (items, error) = Read(bytes.AsSpan(0, length));
            var isWhole = error == SessionItemError.None && items != expected;
            var isRefused = error is SessionItemError.Truncated or SessionItemError.EmptyMessage or SessionItemError.EmptyFrame;
            Assert.True(isWhole || isRefused, $"{length} bytes: {items}, {error}");
        }
    }

    [Theory]
    [InlineData("", nameof(SessionItemError.EmptyMessage))]
    [InlineData("00", nameof(SessionItemError.UnknownItem))]
    [InlineData("0A", nameof(SessionItemError.UnknownItem))]
    [InlineData("05FF", nameof(SessionItemError.UnknownItem))]
    [InlineData("01", nameof(SessionItemError.EmptyFrame))]
    [InlineData("0906", nameof(SessionItemError.UnknownCode))]
    [InlineData("080700", nameof(SessionItemError.UnknownCode))]
    [InlineData("081000", nameof(SessionItemError.UnknownCode))]
    [InlineData("080000C328", nameof(SessionItemError.InvalidText))]
    [InlineData("06010203", nameof(SessionItemError.Truncated))]
    public void TryRead_MalformedMessage_NamedError(string hex, string expected)
    {
        Assert.Equal(expected, Read(Convert.FromHexString(hex)).Error.ToString());
    }

    [Fact]
    public void TryRead_LargestFrame_OkAndOneByteMoreRefused()
    {
        var message = new byte[1 + SessionLimits.MaxFrameBytes + 1];
        message[0] = (byte)SessionItemKind.Data;
        Assert.Equal(SessionItemError.None, Read(message.AsSpan(..^1)).Error);
        Assert.Equal(SessionItemError.FrameTooLong, Read(message).Error);
        Assert.Equal(65_408, SessionLimits.MaxFrameBytes);
    }

    [Fact]
    public void TryRead_SixteenItems_OkAndSeventeenRefused()
    {
        Assert.Equal(SessionItemError.None, Read(Enumerable.Repeat((byte)5, 16).ToArray()).Error);
        Assert.Equal(SessionItemError.TooManyItems, Read(Enumerable.Repeat((byte)5, 17).ToArray()).Error);
    }

    [Fact]
    public void TryRead_EndTextOf128Bytes_OkAndOneMoreRefused()
    {
        byte[] head = [8, 0, 0];
        Assert.Equal(SessionItemError.None, Read([.. head, .. Enumerable.Repeat((byte)'x', 128)]).Error);
        Assert.Equal(SessionItemError.TextTooLong, Read([.. head, .. Enumerable.Repeat((byte)'x', 129)]).Error);
    }

    [Fact]
    public void WriteEnd_LongText_CutBetweenCharacters()
    {
        var buffer = new byte[200];
        var writer = new SpanWriter(buffer);
        SessionItemWriter.WriteEnd(ref writer, SessionEndCode.Aborted, 0, new string('€', 60));
        var (items, error) = Read(writer.Written);
        Assert.Equal(SessionItemError.None, error);
        Assert.Equal("End Aborted 0 " + new string('€', 42), items);
    }

    [Fact]
    public void TryRead_RandomBytes_NeverThrows()
    {
        var random = new SeededRandomSource(6);
        Span<byte> bytes = stackalloc byte[64];
        for (var i = 0; i < 50_000; i++)
        {
            var length = random.NextInt32(0, bytes.Length);
            random.Fill(bytes[..length]);
            if (length > 0)
            {
                bytes[0] = (byte)random.NextInt32(0, 12);
            }

            Read(bytes[..length]);
        }
    }

    private static (string Items, SessionItemError Error) Read(ReadOnlySpan<byte> message)
    {
        List<string> items = [];
        var reader = new SessionItemReader(message);
        while (reader.TryRead(out var item))
        {
            items.Add(item.Kind switch
            {
                SessionItemKind.Data => $"Data {Convert.ToHexString(item.Bytes)}",
                SessionItemKind.Fin => "Fin",
                SessionItemKind.Ping or SessionItemKind.Pong => $"{item.Kind} {item.Echo}",
                SessionItemKind.End => $"End {item.EndCode} {item.Number} {Encoding.UTF8.GetString(item.Bytes)}",
                SessionItemKind.Bye => $"Bye {item.ByeReason}",
                _ => $"{item.Kind} {item.Number}",
            });
        }

        return (string.Join(", ", items), reader.Error);
    }
}
