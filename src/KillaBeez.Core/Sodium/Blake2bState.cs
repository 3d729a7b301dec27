using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KillaBeez.Sodium;

/// <summary>
/// BLAKE2b in pieces, in memory that the caller gives: <see cref="MemoryBytes"/> bytes that do not move (the stack
/// or a pinned array). <see cref="Finish"/> ends it and zeroes the memory.
/// </summary>
internal readonly unsafe ref struct Blake2bState
{
    /// <summary>What crypto_generichash_statebytes answers, for every release so far; a test compares.</summary>
    internal const int StateBytes = 384;

    /// <summary>libsodium wants its state at an address divisible by this.</summary>
    private const int Alignment = 64;

    /// <summary>Room for the state at any address.</summary>
    public const int MemoryBytes = StateBytes + Alignment - 1;

    private readonly Span<byte> _memory;
    private readonly byte* _state;
    private readonly int _outputBytes;

    private Blake2bState(Span<byte> memory, int outputBytes)
    {
        _memory = memory;
        _outputBytes = outputBytes;
        var address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(memory));
        _state = (byte*)((address + (Alignment - 1)) & ~(nuint)(Alignment - 1));
    }

    /// <summary>Starts a hash.</summary>
    /// <param name="memory">At least <see cref="MemoryBytes"/> bytes that do not move until <see cref="Finish"/>.</param>
    /// <param name="key">0 to 64 bytes.</param>
    /// <param name="outputBytes">16 to 64.</param>
    public static Blake2bState Start(Span<byte> memory, ReadOnlySpan<byte> key, int outputBytes)
    {
        SizeCheck.AtLeast(memory, MemoryBytes);
        Blake2b.CheckSizes(key.Length, outputBytes);
        SodiumLibrary.EnsureLoaded();
        var state = new Blake2bState(memory, outputBytes);
        _ = SodiumNative.crypto_generichash_init(state._state, key, (nuint)key.Length, (nuint)outputBytes);
        return state;
    }

    /// <summary>Goes on with a hash that was started in this memory, which has not moved since.</summary>
    public static Blake2bState Resume(Span<byte> memory, int outputBytes) => new(memory, outputBytes);

    public void Append(ReadOnlySpan<byte> input) =>
        _ = SodiumNative.crypto_generichash_update(_state, input, (ulong)input.Length);

    /// <summary>Writes the hash and zeroes the state.</summary>
    public void Finish(Span<byte> output)
    {
        SizeCheck.Exactly(output, _outputBytes);
        _ = SodiumNative.crypto_generichash_final(_state, output, (nuint)_outputBytes);
        SodiumMemory.Zero(_memory);
    }
}
