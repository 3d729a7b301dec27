using KillaBeez.WebRtc.Sctp;

namespace KillaBeez.WebRtc.DataChannels;

/// <summary>
/// Messages on streams whose OPEN has not come: an unordered message can overtake it. Bounded by count and
/// bytes over all streams.
/// </summary>
internal sealed class EarlyMessages
{
    private readonly List<SctpEvent> _messages = [];
    private int _bytes;

    public int Count => _messages.Count;

    public bool TryAdd(in SctpEvent message)
    {
        if (_messages.Count >= DataChannelLimits.MaxEarlyMessages
            || _bytes + message.Payload.Length > DataChannelLimits.MaxEarlyBytes)
        {
            return false;
        }

        _bytes += message.Payload.Length;
        _messages.Add(message);
        return true;
    }

    /// <summary>Takes the oldest message of a stream.</summary>
    public bool TryTake(ushort streamId, out SctpEvent message)
    {
        var index = _messages.FindIndex(m => m.StreamId == streamId);
        if (index < 0)
        {
            message = default;
            return false;
        }

        message = _messages[index];
        _messages.RemoveAt(index);
        _bytes -= message.Payload.Length;
        return true;
    }
}
