using System.Diagnostics.CodeAnalysis;

namespace KillaBeez.Turn.Quotas;

/// <summary>
/// The accounts of all users, or of all sources. Only who has shown valid credentials gets one. An account without
/// allocations stays until its window is over, so that coming back does not start the total anew.
/// </summary>
internal sealed class AccountTable<TKey>(TurnQuota quota)
    where TKey : notnull
{
    private readonly Dictionary<TKey, Account> _accounts = [];

    public int Count => _accounts.Count;

    /// <summary>The account of a key, made where there is none; false where the table is full of accounts in use.</summary>
    public bool TryGet(Instant now, TKey key, [NotNullWhen(true)] out Account? account)
    {
        if (_accounts.TryGetValue(key, out account))
        {
            return true;
        }

        if (_accounts.Count >= TurnServerLimits.MaxAccounts && !TryMakeRoom(now))
        {
            return false;
        }

        account = new Account(quota, now);
        _accounts.Add(key, account);
        return true;
    }

    /// <summary>Forgets accounts that say nothing any more.</summary>
    public void Sweep(Instant now)
    {
        foreach (var (key, account) in _accounts)
        {
            if (account.IsForgettable(now))
            {
                _accounts.Remove(key);
            }
        }
    }

    /// <summary>
    /// Forgets a sixteenth of the table at once where nothing is forgettable yet, so that a full table is not
    /// looked through for every newcomer.
    /// </summary>
    private bool TryMakeRoom(Instant now)
    {
        Sweep(now);
        foreach (var (key, account) in _accounts)
        {
            if (_accounts.Count <= TurnServerLimits.MaxAccounts * 15 / 16)
            {
                break;
            }

            if (account.Allocations == 0)
            {
                _accounts.Remove(key);
            }
        }

        return _accounts.Count < TurnServerLimits.MaxAccounts;
    }
}
