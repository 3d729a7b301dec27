namespace KillaBeez.Sodium;

/// <summary>BLAKE2b over a stream of any length, on the heap: for hashes that outlive a method. One owner, not thread-safe.</summary>
internal sealed class Blake2bHasher : IDisposable
{
    private readonly byte[] _memory = SodiumMemory.AllocateSecret(Blake2bState.MemoryBytes);
    private readonly int _outputBytes;
    private bool _finished;

    /// <summary>Starts a hash of 16 to 64 bytes, with a key of 0 to 64 bytes.</summary>
    public Blake2bHasher(int outputBytes, ReadOnlySpan<byte> key = default)
    {
        _outputBytes = outputBytes;
        _ = Blake2bState.Start(_memory, key, outputBytes);
    }

    public void Append(ReadOnlySpan<byte> input)
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        Blake2bState.Resume(_memory, _outputBytes).Append(input);
    }

    /// <summary>Writes the hash; the hasher is of no use afterwards.</summary>
    public void Finish(Span<byte> output)
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        Blake2bState.Resume(_memory, _outputBytes).Finish(output);
        _finished = true;
    }

    public void Dispose()
    {
        _finished = true;
        SodiumMemory.Zero(_memory);
    }
}
