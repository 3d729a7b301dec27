namespace KillaBeez.Fuzz.Tests.Fuzzing;

/// <summary>An input under mutation: bytes with a length that never exceeds the target's limit.</summary>
internal sealed class MutationBuffer(int capacity)
{
    private readonly byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public Span<byte> Span => _bytes.AsSpan(0, Length);

    public void Set(ReadOnlySpan<byte> bytes)
    {
        Length = Math.Min(bytes.Length, _bytes.Length);
        bytes[..Length].CopyTo(_bytes);
    }

    public void Truncate(int length) => Length = Math.Min(Length, length);

    /// <summary>Inserts as much as still fits; what is inserted may point into this buffer.</summary>
    public int Insert(int at, ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(bytes.Length, _bytes.Length - Length);
        if (count > 0)
        {
            var copy = bytes[..count].ToArray();
            _bytes.AsSpan(at, Length - at).CopyTo(_bytes.AsSpan(at + count));
            copy.CopyTo(_bytes, at);
            Length += count;
        }

        return Math.Max(count, 0);
    }

    public void Delete(int at, int count)
    {
        _bytes.AsSpan(at + count, Length - at - count).CopyTo(_bytes.AsSpan(at));
        Length -= count;
    }

    public byte[] ToArray() => Span.ToArray();
}
