using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Routing;

namespace KillaBeez.Swarm.Tests.Signaling.Routing;

public class RoutingFrameTests
{
    private const string AliceHex = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";

    private static readonly SignalId s_id = new([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

    [Fact]
    public void Frames_OfEveryType_HaveTheDocumentedBytes()
    {
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id, random: new SeededRandomSource(1));

        Assert.Equal("0320" + AliceHex, Convert.ToHexStringLower(RoutingFrame.Inform(Samples.Alice.Id)));
        Assert.Equal("0420" + AliceHex, Convert.ToHexStringLower(RoutingFrame.Informed(Samples.Alice.Id)));
        Assert.Equal("0211000102030405060708090a0b0c0d0e0f01", Convert.ToHexStringLower(RoutingFrame.Undeliverable(s_id, UndeliverableReason.NotConnected)));

        // 129 bytes of envelope, 36 of box, 64 of signature: 229 = 0x40E5 as a QUIC integer.
        Assert.Equal("0140e5" + Convert.ToHexStringLower(signal.ToBinary()), Convert.ToHexStringLower(RoutingFrame.Signal(signal)));
    }

    [Fact]
    public void TryRead_FramesSplitAtEverySize_ComeOutWhole()
    {
        byte[][] frames =
        [
            RoutingFrame.Inform(Samples.Alice.Id),
            RoutingFrame.Signal(Samples.Seal(Samples.Alice, Samples.Bob.Id, body: new string('x', SignalLimits.MaximumBodyBytes))),
            [0x7F, 0x00],
            RoutingFrame.Undeliverable(s_id, UndeliverableReason.Replayed),
        ];
        byte[] all = [.. frames.SelectMany(f => f)];
        foreach (var piece in new[] { 1, 2, 3, 7, 34, 1_000, 40_000, all.Length })
        {
            var reader = new RoutingFrameReader();
            var types = new List<int>();
            var sizes = new List<int>();
            for (var at = 0; at < all.Length; at += piece)
            {
                ReadOnlySpan<byte> data = all.AsSpan(at, Math.Min(piece, all.Length - at));
                while (reader.TryRead(ref data, out var type, out var payload, out var isTooLarge))
                {
                    types.Add((int)type);
                    sizes.Add(payload.Length);
                    Assert.False(isTooLarge);
                }

                Assert.True(data.IsEmpty);
            }

            Assert.Equal([3, 1, 0x7F, 2], types);
            Assert.Equal([32, RoutingLimits.MaximumPayloadBytes, 0, 17], sizes);
            Assert.Equal(0, reader.BufferedBytes);
        }
    }

    [Theory]
    [InlineData("01c000000000000001")]
    [InlineData("01bfffffff")]
    [InlineData("018000b8e3")]
    public void TryRead_SizeOverTheLimit_IsTooLargeBeforeAnythingIsKept(string hex)
    {
        var reader = new RoutingFrameReader();
        ReadOnlySpan<byte> data = Convert.FromHexString(hex);

        Assert.False(reader.TryRead(ref data, out _, out _, out var isTooLarge));
        Assert.True(isTooLarge);
        Assert.True(reader.BufferedBytes <= RoutingFrame.MaximumHeaderBytes);
    }

    [Fact]
    public void TryParse_PayloadsOfAnotherSize_AreRefused()
    {
        var payload = RoutingFrame.Undeliverable(s_id, UndeliverableReason.NotYours).AsSpan(2).ToArray();
        for (var size = 0; size < payload.Length; size++)
        {
            Assert.False(RoutingFrame.TryParseUndeliverable(payload.AsSpan(0, size), out _, out _));
        }

        Assert.False(RoutingFrame.TryParseUndeliverable([.. payload, 0], out _, out _));
        Assert.True(RoutingFrame.TryParseUndeliverable(payload, out var id, out var reason));
        Assert.Equal((s_id, UndeliverableReason.NotYours), (id, reason));
        Assert.False(RoutingFrame.TryParseKey(new byte[31], out _));
        Assert.False(RoutingFrame.TryParseKey(new byte[33], out _));
    }

    [Fact]
    public void TryParseUndeliverable_ReasonOfALaterVersion_IsOther()
    {
        Assert.True(RoutingFrame.TryParseUndeliverable([.. new byte[16], 200], out _, out var reason));
        Assert.Equal(UndeliverableReason.Other, reason);
    }
}
