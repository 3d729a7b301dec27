using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace KillaBeez.Streams;

/// <summary>
/// The writing half of a pipe, as a stage uses it: elements are copied into the pipe and flushed by the batch, and a flush
/// that waits stops everything. Small elements that come in one turn of the stage share a flush.
/// </summary>
internal sealed class PipeWriting
{
    /// <summary>The most that is written between two flushes, in bytes.</summary>
    public const int BatchBytes = 64 * 1024;

    private readonly PipeWriter _writer;
    private readonly Handover _handover;
    private readonly Action _onCompleted;
    private ConfiguredValueTaskAwaitable<FlushResult>.ConfiguredValueTaskAwaiter _flush;
    private ReadOnlyMemory<byte> _rest;
    private int _unflushedBytes;

    /// <param name="writer">The pipe's writer; this is its only user, and completes it.</param>
    /// <param name="ready">Called, from any thread, when a flush that had to wait is through.</param>
    public PipeWriting(PipeWriter writer, Action ready)
    {
        _writer = writer;
        _handover = new Handover(ready, Discard);
        _onCompleted = _handover.Complete;
    }

    /// <summary>Whether a flush waits, so that nothing can be written.</summary>
    public bool IsWaiting => _handover.IsOutstanding;

    /// <summary>Whether there is something written that no flush has shown to the other side.</summary>
    public bool HasUnflushed => _unflushedBytes > 0;

    /// <summary>Whether everything that was given is in the pipe and no flush waits.</summary>
    public bool IsThrough => !IsWaiting && _rest.IsEmpty;

    /// <summary>Whether the other side reads no more.</summary>
    public bool IsReaderGone { get; private set; }

    /// <summary>
    /// Writes an element. Only where the last is through, except for one that comes while a flush waits: that one is kept.
    /// </summary>
    public void Write(ReadOnlyMemory<byte> element)
    {
        _rest = element;
        if (!IsWaiting)
        {
            WriteRest();
        }
    }

    /// <summary>Shows the other side what was written.</summary>
    public void Flush()
    {
        if (_unflushedBytes == 0 || IsWaiting)
        {
            return;
        }

        _unflushedBytes = 0;
        _flush = AwaiterOf(_writer.FlushAsync());
        if (_flush.IsCompleted)
        {
            EndFlush();
            return;
        }

        _handover.Begin();
        _flush.UnsafeOnCompleted(_onCompleted);
    }

    /// <summary>Goes on when a flush that had to wait is through.</summary>
    public void Resume()
    {
        if (_handover.TryTake())
        {
            EndFlush();
            WriteRest();
        }
    }

    /// <summary>Writes no more: the pipe ends after what is in it.</summary>
    public void Abandon()
    {
        if (_handover.Abandon())
        {
            _writer.CancelPendingFlush();
        }
    }

    private void WriteRest()
    {
        while (!_rest.IsEmpty && !IsWaiting && !IsReaderGone)
        {
            var length = Math.Min(_rest.Length, BatchBytes - _unflushedBytes);
            _writer.Write(_rest.Span[..length]);
            _rest = _rest[length..];
            _unflushedBytes += length;
            if (_unflushedBytes == BatchBytes)
            {
                Flush();
            }
        }
    }

    private void EndFlush()
    {
        if (_flush.GetResult().IsCompleted)
        {
            IsReaderGone = true;
            _rest = default;
        }
    }

    /// <summary>Goes on wherever the pipe does, in a simulation as a step of it.</summary>
    private static ConfiguredValueTaskAwaitable<FlushResult>.ConfiguredValueTaskAwaiter AwaiterOf(ValueTask<FlushResult> flush) =>
        flush.ConfigureAwait(false).GetAwaiter();

    private void Discard() => _writer.Complete();
}
