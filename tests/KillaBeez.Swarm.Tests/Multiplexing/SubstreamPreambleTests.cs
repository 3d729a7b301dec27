using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Swarm.Tests.Multiplexing;

public sealed class SubstreamPreambleTests
{
    [Fact]
    public void Write_TypeAndMetadata_GivesTheSpecifiedBytes()
    {
        Span<byte> bytes = stackalloc byte[SubstreamPreamble.MaxBytes];
        var count = SubstreamPreamble.Write("dnode", [0xAB, 0xCD], bytes);
        Assert.Equal("05646e6f64650002abcd", Convert.ToHexStringLower(bytes[..count]));
    }

    [Theory]
    [InlineData("x", 0)]
    [InlineData("größe", 1)]
    [InlineData("dnode", 4096)]
    public void TryParse_WhatWriteWrote_GivesItBack(string type, int metadataBytes)
    {
        var metadata = new byte[metadataBytes];
        new SeededRandomSource(7).Fill(metadata);
        var bytes = Written(type, metadata);
        Assert.True(SubstreamPreamble.TryParse(bytes, out var preamble, out _));
        Assert.Equal(type, preamble.Type);
        Assert.Equal(metadata, preamble.Metadata);
    }

    [Fact]
    public void TryParse_CutAtEveryByte_IsTruncatedAndWantsMore()
    {
        var whole = Written("echo", [1, 2, 3]);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.False(SubstreamPreamble.TryParse(whole.AsSpan(0, length), out _, out var error));
            Assert.Equal(PreambleParseError.Truncated, error);
            Assert.InRange(SubstreamPreamble.NeededBytes(whole.AsSpan(0, length)), length + 1, whole.Length);
        }

        Assert.Equal(whole.Length, SubstreamPreamble.NeededBytes(whole));
    }

    [Theory]
    [InlineData("00", PreambleParseError.EmptyType)]
    [InlineData("01ff0000", PreambleParseError.TypeNotUtf8)]
    [InlineData("01611001", PreambleParseError.MetadataTooLong)]
    public void TryParse_Wrong_SaysWhyAndWantsNoMore(string hex, object expected)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.False(SubstreamPreamble.TryParse(bytes, out _, out var error));
        Assert.Equal(expected, error);
        Assert.Equal(bytes.Length, SubstreamPreamble.NeededBytes(bytes));
    }

    [Fact]
    public void Write_BeyondTheLimits_Throws()
    {
        var bytes = new byte[SubstreamPreamble.MaxBytes];
        Assert.Throws<ArgumentException>(() => SubstreamPreamble.Write(string.Empty, default, bytes));
        Assert.Throws<ArgumentException>(() => SubstreamPreamble.Write(new string('ä', 128), default, bytes));
        Assert.Throws<ArgumentException>(() => SubstreamPreamble.Write("a", new byte[4097], bytes));
        Assert.Equal(SubstreamPreamble.MaxBytes, SubstreamPreamble.Write(new string('a', 255), new byte[4096], bytes));
    }

    private static byte[] Written(string type, byte[] metadata)
    {
        var bytes = new byte[SubstreamPreamble.MaxBytes];
        return bytes[..SubstreamPreamble.Write(type, metadata, bytes)];
    }
}
