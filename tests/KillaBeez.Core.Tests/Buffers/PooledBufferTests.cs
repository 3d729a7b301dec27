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
}
