namespace KillaBeez.Swarm.Admission;

/// <summary>What connected peers have caused here by introducing others, held against them for as long as there is room.</summary>
internal sealed class Introducers(AdmissionLimits limits)
{
    private readonly Dictionary<PeerId, Account> _accounts = [];
    private long _uses;

    /// <summary>The account of a peer; null where all are in use by others.</summary>
    public Account? Find(PeerId introducer)
    {
        if (!_accounts.TryGetValue(introducer, out var account))
        {
            if (_accounts.Count >= limits.Introducers && !ForgetOne())
            {
                return null;
            }

            _accounts.Add(introducer, account = new Account(limits));
        }

        account.LastUse = ++_uses;
        return account;
    }

    private bool ForgetOne()
    {
        // A peer that connects anew finds its account as it was, unless a thousand others came in between.
        PeerId? oldest = null;
        var lastUse = long.MaxValue;
        foreach (var (key, account) in _accounts)
        {
            if (account.InProgress == 0 && account.LastUse < lastUse)
            {
                (oldest, lastUse) = (key, account.LastUse);
            }
        }

        return oldest is { } found && _accounts.Remove(found);
    }

    /// <summary>What one peer has caused.</summary>
    internal sealed class Account(AdmissionLimits limits)
    {
        public TokenBucket Offers = new(limits.IntroducedBurst, limits.IntroducedPerSecond);

        public TokenBucket Informs = new(limits.InformBurst, limits.InformsPerSecond);

        /// <summary>Keys that have a place because of it and are not authenticated yet.</summary>
        public int InProgress { get; set; }

        /// <summary>Those of them that are called because it wanted that.</summary>
        public int Informed { get; set; }

        /// <summary>Rises with every use.</summary>
        public long LastUse { get; set; }
    }
}
