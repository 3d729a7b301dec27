using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Ice;

/// <summary>The requests that wait for answers, with their retransmission schedule (RFC 8489, section 6.2.1).</summary>
internal sealed class IceTransactionTable
{
    private const int LastWaitFactor = 16; // Rm: how many initial timeouts the last send is given.
    private readonly List<IceTransaction> _transactions = [];
    private readonly TimeSpan _initialTimeout;
    private readonly TimeSpan _reliableTimeout;

    /// <param name="initialTimeout">The first retransmission timeout.</param>
    /// <param name="reliableTimeout">How long a request over TCP is given; it is sent once (RFC 8489, section 6.2.2).</param>
    public IceTransactionTable(TimeSpan initialTimeout, TimeSpan reliableTimeout)
    {
        _initialTimeout = initialTimeout;
        _reliableTimeout = reliableTimeout;
    }

    public int Count => _transactions.Count;

    /// <summary>Whether a repetition waits for its turn to be sent.</summary>
    public bool HasRepeatDue
    {
        get
        {
            foreach (var transaction in _transactions)
            {
                if (transaction.IsRepeatDue)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>The next repetition or expiry.</summary>
    public Instant NextDeadline
    {
        get
        {
            var next = Instant.Never;
            foreach (var transaction in _transactions)
            {
                next = Instant.Min(next, Instant.Min(transaction.RepeatAt, transaction.ExpiresAt));
            }

            return next;
        }
    }

    /// <summary>Adds a request that leaves now for the first time.</summary>
    /// <param name="now">The time.</param>
    /// <param name="transaction">A new transaction.</param>
    /// <param name="minTimeout">
    /// RTO: at least this, so that the repetitions of many parallel checks stay within the pace of Ta (RFC 8445,
    /// section 14.3).
    /// </param>
    /// <param name="probeLifetime">How long the answer to a probe is awaited.</param>
    public void Add(Instant now, IceTransaction transaction, TimeSpan minTimeout, TimeSpan probeLifetime)
    {
        MakeRoom(transaction.Pair);
        transaction.FirstSentAt = now;
        transaction.Sends = 1;
        transaction.RetransmissionTimeout = minTimeout > _initialTimeout ? minTimeout : _initialTimeout;
        if (transaction.IsProbe)
        {
            transaction.ExpiresAt = now + probeLifetime;
        }
        else if (transaction.Pair.IsTcp)
        {
            transaction.ExpiresAt = now + _reliableTimeout;
        }
        else
        {
            transaction.RepeatAt = now + transaction.RetransmissionTimeout;
        }

        _transactions.Add(transaction);
    }

    public bool TryGet(StunTransactionId id, out IceTransaction transaction)
    {
        foreach (var candidate in _transactions)
        {
            if (candidate.Id == id)
            {
                transaction = candidate;
                return true;
            }
        }

        transaction = null!;
        return false;
    }

    public void Remove(IceTransaction transaction) => _transactions.Remove(transaction);

    public void RemoveAllOf(IceCandidatePair pair) => _transactions.RemoveAll(transaction => ReferenceEquals(transaction.Pair, pair));

    public void RemoveAllBut(IceCandidatePair? pair) => _transactions.RemoveAll(transaction => !ReferenceEquals(transaction.Pair, pair));

    /// <summary>Stops repeating this pair's checks; their answers still count until they would have expired.</summary>
    public void Supersede(Instant now, IceCandidatePair pair)
    {
        foreach (var transaction in _transactions)
        {
            if (ReferenceEquals(transaction.Pair, pair) && !transaction.IsProbe)
            {
                StopRepeating(now, transaction);
            }
        }
    }

    /// <summary>Stops repeating the checks of every other pair: a pair has been nominated.</summary>
    public void SupersedeAllBut(Instant now, IceCandidatePair pair)
    {
        foreach (var transaction in _transactions)
        {
            if (!ReferenceEquals(transaction.Pair, pair) && !transaction.IsProbe)
            {
                StopRepeating(now, transaction);
            }
        }
    }

    /// <summary>Marks what is to be repeated at <paramref name="now"/> and takes out what has expired.</summary>
    public void HandleTimeout(Instant now, List<IceTransaction> expired)
    {
        for (var i = _transactions.Count - 1; i >= 0; i--)
        {
            var transaction = _transactions[i];
            if (transaction.ExpiresAt <= now)
            {
                _transactions.RemoveAt(i);
                expired.Add(transaction);
            }
            else if (transaction.RepeatAt <= now)
            {
                transaction.RepeatAt = Instant.Never;
                transaction.IsRepeatDue = true;
            }
        }
    }

    /// <summary>Takes a request to repeat and plans what follows: another repetition, or giving up.</summary>
    public bool TryTakeRepeat(Instant now, out IceTransaction transaction)
    {
        foreach (var candidate in _transactions)
        {
            if (candidate.IsRepeatDue)
            {
                transaction = candidate;
                candidate.IsRepeatDue = false;
                candidate.Sends++;
                candidate.RetransmissionTimeout *= candidate.IsOnWorkingPair ? 1 : 2;
                if (candidate.Sends < IceLimits.MaxSends)
                {
                    candidate.RepeatAt = now + candidate.RetransmissionTimeout;
                }
                else
                {
                    candidate.ExpiresAt = now + (_initialTimeout * (candidate.IsOnWorkingPair ? 1 : LastWaitFactor));
                }

                return true;
            }
        }

        transaction = null!;
        return false;
    }

    private void StopRepeating(Instant now, IceTransaction transaction)
    {
        transaction.IsSuperseded = true;
        transaction.IsRepeatDue = false;
        transaction.RepeatAt = Instant.Never;
        transaction.ExpiresAt = Instant.Min(transaction.ExpiresAt, now + (_initialTimeout * LastWaitFactor));
    }

    /// <summary>
    /// What makes room is never the check that decides about a pair: each pair has one of those at most, so there is
    /// always something else.
    /// </summary>
    private void MakeRoom(IceCandidatePair pair)
    {
        var ofPair = 0;
        foreach (var transaction in _transactions)
        {
            ofPair += ReferenceEquals(transaction.Pair, pair) ? 1 : 0;
        }

        if (ofPair >= IceLimits.MaxTransactionsPerPair)
        {
            RemoveFirst(transaction => ReferenceEquals(transaction.Pair, pair) && IsExpendable(transaction));
        }
        else if (_transactions.Count >= IceLimits.MaxTransactions)
        {
            RemoveFirst(IsExpendable);
        }
    }

    private static bool IsExpendable(IceTransaction transaction) => transaction.IsProbe || transaction.IsSuperseded;

    private void RemoveFirst(Predicate<IceTransaction> predicate)
    {
        var index = _transactions.FindIndex(predicate);
        if (index >= 0)
        {
            _transactions.RemoveAt(index);
        }
    }
}
