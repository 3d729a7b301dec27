using System.Buffers;
using System.Numerics;

namespace KillaBeez.Swarm.Sessions;

/// <summary>
/// The frames of one direction from the first unacknowledged one on, as plaintext (R16). Frames lie one behind
/// the other in slabs rented from the shared pool; a slab goes back when its last frame is acknowledged, so an
/// idle session holds none. A FIN takes a number but no bytes.
/// </summary>
internal sealed class ReplayBuffer(long budgetBytes) : IDisposable
{
    private const int FirstSlabBytes = 4 * 1024;
    private const int MaxSlabBytes = 128 * 1024;

    private Slot[] _slots = new Slot[8];
    private byte[]? _writeSlab;
    private int _writeOffset;

    /// <summary>The number of the first unacknowledged frame.</summary>
    public ulong First { get; private set; }

    /// <summary>The number that the next frame gets.</summary>
    public ulong End { get; private set; }

    /// <summary>What the kept frames are charged: their bytes and an overhead each.</summary>
    public long ChargedBytes { get; private set; }

    public long BudgetBytes => budgetBytes;

    private int Count => (int)(End - First);

    /// <summary>Whether a frame of this length is admitted. One frame always is.</summary>
    public bool HasRoomFor(int frameBytes) => Count == 0 || ChargedBytes + Charge(frameBytes) <= budgetBytes;

    public void Append(ReadOnlySpan<byte> frame)
    {
        if (_writeSlab is null || _writeSlab.Length - _writeOffset < frame.Length)
        {
            var doubled = _writeSlab is null ? FirstSlabBytes : _writeSlab.Length * 2;
            _writeSlab = ArrayPool<byte>.Shared.Rent(Math.Max(frame.Length, Math.Min(doubled, MaxSlabBytes)));
            _writeOffset = 0;
        }

        frame.CopyTo(_writeSlab.AsSpan(_writeOffset));
        Push(new Slot(_writeSlab, _writeOffset, frame.Length));
        _writeOffset += frame.Length;
    }

    public void AppendFin() => Push(default);

    /// <summary>The frame with this number, which must be kept; empty for FIN.</summary>
    public ReadOnlySpan<byte> this[ulong number]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(number, First);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, End);
            var slot = SlotOf(number);
            return slot.Slab.AsSpan(slot.Offset, slot.Length);
        }
    }

    /// <summary>Frees every frame before <paramref name="next"/>, which must not lie behind the end.</summary>
    public void FreeBefore(ulong next)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(next, End);
        while (First < next)
        {
            ref var slot = ref SlotOf(First);
            ChargedBytes -= Charge(slot.Length);
            var slab = slot.Slab;
            slot = default;
            First++;
            if (slab is not null && (Count == 0 || SlotOf(First).Slab != slab))
            {
                Return(slab);
            }
        }
    }

    public void Dispose()
    {
        FreeBefore(End);
        _slots = [];
    }

    private static int Charge(int frameBytes) => frameBytes + SessionLimits.FrameOverheadBytes;

    private void Push(Slot slot)
    {
        if (Count == _slots.Length)
        {
            Grow();
        }

        SlotOf(End) = slot;
        End++;
        ChargedBytes += Charge(slot.Length);
    }

    private void Return(byte[] slab)
    {
        if (slab == _writeSlab)
        {
            _writeSlab = null;
        }

        ArrayPool<byte>.Shared.Return(slab);
    }

    private ref Slot SlotOf(ulong number) => ref _slots[number & (ulong)(_slots.Length - 1)];

    private void Grow()
    {
        var larger = new Slot[(int)BitOperations.RoundUpToPowerOf2((uint)_slots.Length + 1)];
        for (var number = First; number < End; number++)
        {
            larger[number & (ulong)(larger.Length - 1)] = SlotOf(number);
        }

        _slots = larger;
    }

    private readonly record struct Slot(byte[]? Slab, int Offset, int Length);
}
