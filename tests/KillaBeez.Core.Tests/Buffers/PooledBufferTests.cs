namespace KillaBeez.Tests.Buffers;

public class PooledBufferTests
{
    [Fact]
    public void CopyOf_Bytes_HasThemAndIsIndependent()
    {
        byte[] source = [1, 2, 3];
        using var buffer = PooledBuffer.CopyOf(source);
        source[0] = 9;

        Assert.Equal(3, buffer.Length);
        Assert.Equal([1, 2, 3], buffer.Span.ToArray());
        Assert.Equal([1, 2, 3], buffer.Memory.ToArray());
    }

    [Fact]
    public void Truncate_Buffer_KeepsTheStartAndNeverGrows()
    {
        using var buffer = PooledBuffer.CopyOf([1, 2, 3]);

        Assert.Equal([1, 2], buffer.Truncate(2).Span.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Truncate(4));
    }

    [Fact]
    public void Default_Buffer_IsEmptyAndMayBeDisposed()
    {
        var buffer = default(PooledBuffer);

        Assert.Equal(0, buffer.Length);
        Assert.True(buffer.Span.IsEmpty);
        buffer.Dispose();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 16)]
    [InlineData(16, 16)]
    [InlineData(17, 32)]
    [InlineData(2_048, 2_048)]
    [InlineData(2_049, 4_096)]
    public void Rent_AnyLength_HasThatLengthAndIsWritable(int length, int arrayBytes)
    {
        using var buffer = PooledBuffer.Rent(length);

        Assert.Equal(length, buffer.Length);
        buffer.Span.Fill(7);
        Assert.True(System.Runtime.InteropServices.MemoryMarshal.TryGetArray<byte>(buffer.Memory, out var segment));
        Assert.Equal(arrayBytes, segment.Array!.Length);
    }

    [Fact]
    public void Rent_ManyAtOnce_AreDistinctAndComeBack()
    {
        var first = Enumerable.Range(0, 3_000).Select(_ => SmallArrayPool.Rent(1_500)).ToHashSet();
        Assert.Equal(3_000, first.Count);
        foreach (var array in first)
        {
            SmallArrayPool.Return(array);
        }

        var second = Enumerable.Range(0, 1_000).Select(_ => SmallArrayPool.Rent(1_025)).ToList();
        Assert.Equal(1_000, second.Distinct().Count());
        Assert.Contains(second, first.Contains);
        second.ForEach(SmallArrayPool.Return);
    }
}
