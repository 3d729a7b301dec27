namespace KillaBeez.WebRtc.Mdns;

/// <summary>Counters of one resolver; they only grow.</summary>
internal sealed class MdnsStatistics
{
    public long QueriesSent { get; set; }

    /// <summary>Names that were found.</summary>
    public long Resolved { get; set; }

    /// <summary>Names that nobody has answered in time.</summary>
    public long TimedOut { get; set; }

    /// <summary>Names that are never asked: no UUID in ".local".</summary>
    public long Refused { get; set; }

    /// <summary>Datagrams that are no DNS message.</summary>
    public long Malformed { get; set; }

    /// <summary>Queries of others, errors, and answers to what was not asked.</summary>
    public long Ignored { get; set; }

    public long LimitDrops { get; set; }
}
