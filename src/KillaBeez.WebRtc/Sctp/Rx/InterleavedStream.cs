namespace KillaBeez.WebRtc.Sctp.Rx;

/// <summary>
/// What the receiver knows of a stream with I-DATA. Ordered and unordered messages are numbered apart
/// (RFC 8260 section 2.1), by 32-bit numbers that wrap.
/// </summary>
internal sealed class InterleavedStream
{
    private const int MarkDistance = 1 << 29;

    /// <summary>The number of the ordered message that is delivered next.</summary>
    public uint NextOrdered { get; set; }

    /// <summary>Unordered messages before this number were given up; what still comes of them is ignored.</summary>
    public uint FirstUnordered { get; set; }

    /// <summary>An unordered message was delivered: the mark follows far behind, lest the numbers overtake it when they wrap.</summary>
    public void NoteUnordered(uint messageId)
    {
        if (Compare(messageId, FirstUnordered) > 2 * MarkDistance)
        {
            FirstUnordered = messageId - MarkDistance;
        }
    }

    /// <summary>Messages that are not whole, or whose turn has not come, by ascending number.</summary>
    public List<PartialMessage> Ordered { get; } = [];

    /// <summary>Messages that are not whole, by ascending number.</summary>
    public List<PartialMessage> Unordered { get; } = [];

    public List<PartialMessage> Of(bool isUnordered) => isUnordered ? Unordered : Ordered;

    /// <summary>Whether a message is delivered or given up already.</summary>
    public bool IsPast(bool isUnordered, uint messageId) => Compare(messageId, isUnordered ? FirstUnordered : NextOrdered) < 0;

    /// <summary>The place of a message in its list, or the complement of where it belongs.</summary>
    public int Find(bool isUnordered, uint messageId)
    {
        var messages = Of(isUnordered);
        var low = 0;
        var high = messages.Count - 1;
        if (high >= 0 && Compare(messages[high].MessageId, messageId) < 0)
        {
            return ~(high + 1);
        }

        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = Compare(messages[middle].MessageId, messageId);
            if (order == 0)
            {
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ~low;
    }

    /// <summary>Serial number arithmetic: the sign says which of two message numbers is the earlier.</summary>
    public static int Compare(uint a, uint b) => unchecked((int)(a - b));
}
