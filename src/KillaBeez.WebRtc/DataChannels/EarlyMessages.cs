using KillaBeez.WebRtc.Sctp;

namespace KillaBeez.WebRtc.DataChannels;

/// <summary>
/// Messages on streams without a channel to take them: an unordered message can overtake the OPEN, and a new
/// OPEN can come while the answer to our reset of the channel before it is still missing. Bounded by count
/// and bytes over all streams.
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

    /// <summary>Takes the oldest DCEP or user message of a stream.</summary>
    public bool TryTake(ushort streamId, bool isDcep, out SctpEvent message)
    {
        var index = _messages.FindIndex(m => m.StreamId == streamId && (m.PayloadProtocol == PayloadProtocol.Dcep) == isDcep);
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
