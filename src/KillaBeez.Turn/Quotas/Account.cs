namespace KillaBeez.Turn.Quotas;

/// <summary>What one user or one source has in use, against its quota.</summary>
internal sealed class Account
{
    private readonly TurnQuota _quota;
    private TokenBucket _rate;
    private Instant _windowEnd;
    private long _windowBytes;

    public Account(TurnQuota quota, Instant now)
    {
        _quota = quota;
        _rate = new TokenBucket(quota.BytesPerSecond, quota.BytesPerSecond);
        _windowEnd = now + quota.Window;
    }

    public int Allocations { get; private set; }

    public int Peers { get; private set; }

    public bool HasRoomForAllocation(Instant now)
    {
        RollWindow(now);
        return Allocations < _quota.Allocations && _windowBytes < _quota.TotalBytes;
    }

    public bool HasRoomForPeers(int count) => Peers + count <= _quota.Peers;

    /// <summary>Whether nothing is lost by forgetting the account.</summary>
    public bool IsForgettable(Instant now) => Allocations == 0 && (_windowBytes == 0 || now >= _windowEnd);

    public void AddAllocation() => Allocations++;

    public void RemoveAllocation() => Allocations--;

    public void AddPeers(int count) => Peers += count;

    public void RemovePeers(int count) => Peers -= count;

    /// <summary>Takes a payload's bytes; false, and nothing taken, where the rate or the total does not allow them.</summary>
    public bool TryCharge(Instant now, int bytes)
    {
        RollWindow(now);
        if (_windowBytes + bytes > _quota.TotalBytes || !_rate.TryTake(now, bytes))
        {
            return false;
        }

        _windowBytes += bytes;
        return true;
    }

    private void RollWindow(Instant now)
    {
        if (now >= _windowEnd)
        {
            _windowEnd = now + _quota.Window;
            _windowBytes = 0;
        }
    }
}
