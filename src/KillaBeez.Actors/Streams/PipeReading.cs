using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace KillaBeez.Streams;

/// <summary>
/// The reading half of a pipe, as a stage uses it: one element at a time, each copied and given back to the pipe at once, so
/// that nothing of the pipe is held between two pulls.
/// </summary>
internal sealed class PipeReading
{
    private readonly PipeReader _reader;
    private readonly int _maxElementBytes;
    private readonly Handover _handover;
    private readonly Action _onCompleted;
    private ConfiguredValueTaskAwaitable<ReadResult>.ConfiguredValueTaskAwaiter _read;

    /// <param name="reader">The pipe's reader; this is its only user, and completes it.</param>
    /// <param name="maxElementBytes">The longest element.</param>
    /// <param name="ready">Called, from any thread, when a read that had to wait is done.</param>
    public PipeReading(PipeReader reader, int maxElementBytes, Action ready)
    {
        _reader = reader;
        _maxElementBytes = maxElementBytes;
        _handover = new Handover(ready, Discard);
        _onCompleted = _handover.Complete;
    }

    /// <summary>Whether a read waits, or has come and was not taken.</summary>
    public bool IsOutstanding => _handover.IsOutstanding;

    /// <summary>Reads; where there is nothing yet it is waited for, and <see cref="TryTake"/> is to be called when it is ready.</summary>
    /// <param name="element">What was read; empty at the end of the pipe.</param>
    /// <param name="isEnd">Whether nothing comes after it.</param>
    /// <returns>Whether there was something.</returns>
    public bool TryRead(out ReadOnlyMemory<byte> element, out bool isEnd)
    {
        while (true)
        {
            if (!_reader.TryRead(out var result))
            {
                _read = AwaiterOf(_reader.ReadAsync());
                if (!_read.IsCompleted)
                {
                    (element, isEnd) = (default, false);
                    _handover.Begin();
                    _read.UnsafeOnCompleted(_onCompleted);
                    return false;
                }

                result = _read.GetResult();
            }

            if (TryCopy(result, out element, out isEnd))
            {
                return true;
            }
        }
    }

    /// <summary>Takes what a read that had to wait has brought.</summary>
    /// <returns>False where it brought nothing: read again.</returns>
    public bool TryTake(out ReadOnlyMemory<byte> element, out bool isEnd)
    {
        (element, isEnd) = (default, false);
        return _handover.TryTake() && TryCopy(_read.GetResult(), out element, out isEnd);
    }

    /// <summary>
    /// Whether the peer has ended its direction in order, also where what it said is not yet read. Throws what the pipe has
    /// failed with.
    /// </summary>
    public bool HasRegularEnd()
    {
        if (!_reader.TryRead(out var result))
        {
            return false;
        }

        _reader.AdvanceTo(result.Buffer.Start);
        return result.IsCompleted;
    }

    /// <summary>
    /// Reads no more; what still comes is dropped. A pipe's reader must not be completed under a read that waits, so that one
    /// is cancelled first and completes the reader itself.
    /// </summary>
    public void Abandon()
    {
        if (_handover.Abandon())
        {
            _reader.CancelPendingRead();
        }
    }

    private bool TryCopy(ReadResult result, out ReadOnlyMemory<byte> element, out bool isEnd)
    {
        var length = (int)Math.Min(result.Buffer.Length, _maxElementBytes);
        var piece = result.Buffer.Slice(0, length);
        isEnd = result.IsCompleted && length == result.Buffer.Length;
        element = default;
        if (length > 0)
        {
            // The one copy: elements of a stream have no owner who would give a buffer back.
            var bytes = GC.AllocateUninitializedArray<byte>(length);
            piece.CopyTo(bytes);
            element = bytes;
        }

        _reader.AdvanceTo(piece.End);
        return length > 0 || isEnd;
    }

    /// <summary>Goes on wherever the pipe does, in a simulation as a step of it.</summary>
    private static ConfiguredValueTaskAwaitable<ReadResult>.ConfiguredValueTaskAwaiter AwaiterOf(ValueTask<ReadResult> read) =>
        read.ConfigureAwait(false).GetAwaiter();

    private void Discard() => _reader.Complete();
}
