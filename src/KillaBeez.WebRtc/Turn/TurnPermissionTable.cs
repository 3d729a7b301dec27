namespace KillaBeez.WebRtc.Turn;

/// <summary>The permissions of one allocation, those to be asked for, and the payloads that are free to go.</summary>
internal sealed class TurnPermissionTable
{
    private readonly Dictionary<TransportAddress, TurnPermission> _byAddress = [];
    private readonly Queue<TurnPermission> _toAsk = new();
    private readonly Queue<TurnHeldPayload> _released = new();
    private int _heldCount;

    /// <summary>When <see cref="Maintain"/> is to be called.</summary>
    public Instant NextMaintenance { get; private set; } = Instant.Never;

    public int Count => _byAddress.Count;

    public bool HasToAsk => _toAsk.Count > 0;

    public bool TryGet(TransportAddress ip, out TurnPermission permission) => _byAddress.TryGetValue(ip, out permission!);

    /// <summary>A permission for this IP address, a new one where there is none; null where there is no room.</summary>
    public TurnPermission? GetOrAdd(Instant now, TransportAddress ip)
    {
        if (_byAddress.TryGetValue(ip, out var permission))
        {
            return permission;
        }

        if (_byAddress.Count >= TurnClientLimits.MaxPermissions && !TryMakeRoom(now))
        {
            return null;
        }

        permission = new TurnPermission(ip) { LastUsedAt = now };
        _byAddress.Add(ip, permission);
        return permission;
    }

    /// <summary>Puts it into the next request unless it is in one already or the server has just refused.</summary>
    public void Ask(Instant now, TurnPermission permission)
    {
        if (!permission.IsAsked && !permission.IsRefused(now))
        {
            permission.IsAsked = true;
            _toAsk.Enqueue(permission);
        }
    }

    /// <summary>The permissions for the next request: the one in front alone if it needs that, else as many as fit.</summary>
    public List<TurnPermission> TakeToAsk()
    {
        var batch = new List<TurnPermission>();
        while (batch.Count < TurnClientLimits.MaxPeersPerRequest && _toAsk.TryPeek(out var next))
        {
            if (next.NeedsOwnRequest && batch.Count > 0)
            {
                break;
            }

            batch.Add(_toAsk.Dequeue());
            if (next.NeedsOwnRequest)
            {
                break;
            }
        }

        return batch;
    }

    public void Hold(TurnPermission permission, TransportAddress peer, ReadOnlySpan<byte> payload)
    {
        if (payload.Length <= TurnClientLimits.MaxHeldPayloadBytes
            && permission.HeldCount < TurnClientLimits.MaxHeldPerPermission
            && _heldCount < TurnClientLimits.MaxHeldPayloads)
        {
            permission.Hold(peer, payload);
            _heldCount++;
        }
    }

    public void Grant(Instant now, TurnPermission permission)
    {
        permission.Grant(now);
        NextMaintenance = Instant.Min(NextMaintenance, permission.RefreshAt);
        while (permission.TryTakeHeld(out var held))
        {
            _released.Enqueue(held);
        }
    }

    public void Refuse(Instant now, TurnPermission permission)
    {
        permission.Refuse(now);
        NextMaintenance = Instant.Min(NextMaintenance, permission.RefusedUntil);
        DropHeld(permission);
    }

    /// <summary>The server refused a request with several peers: each is asked for alone.</summary>
    public void AskAlone(TurnPermission permission)
    {
        permission.NeedsOwnRequest = true;
        _toAsk.Enqueue(permission);
    }

    /// <summary>A payload whose permission has been granted. The caller disposes its bytes.</summary>
    public bool TryTakeReleased(out TurnHeldPayload payload)
    {
        if (!_released.TryDequeue(out payload))
        {
            return false;
        }

        _heldCount--;
        return true;
    }

    /// <summary>Asks for the refresh of those in use, forgets those that have lapsed.</summary>
    public void Maintain(Instant now)
    {
        var soon = now.AddMs(TurnClientLimits.PermissionRefreshSlackMs);
        NextMaintenance = Instant.Never;
        foreach (var permission in _byAddress.Values)
        {
            var isIdle = permission.IsIdle(now);
            if (!permission.IsAsked && !permission.IsGranted(now) && !permission.IsRefused(now))
            {
                Remove(permission);
                continue;
            }

            if (!isIdle && permission.IsGranted(now) && permission.RefreshAt <= soon)
            {
                Ask(now, permission);
            }

            if (!permission.IsAsked)
            {
                var next = permission.IsGranted(now)
                    ? isIdle ? permission.ExpiresAt : permission.RefreshAt
                    : permission.RefusedUntil;
                NextMaintenance = Instant.Min(NextMaintenance, next);
            }
        }
    }

    public void Clear()
    {
        foreach (var permission in _byAddress.Values)
        {
            Remove(permission);
        }

        while (TryTakeReleased(out var payload))
        {
            payload.Bytes.Dispose();
        }

        _toAsk.Clear();
        NextMaintenance = Instant.Never;
    }

    private bool TryMakeRoom(Instant now)
    {
        TurnPermission? oldest = null;
        foreach (var permission in _byAddress.Values)
        {
            if (!permission.IsAsked && (oldest is null || permission.LastUsedAt < oldest.LastUsedAt))
            {
                oldest = permission;
            }
        }

        if (oldest is null || now < oldest.LastUsedAt.AddMs(TurnClientLimits.MinPermissionUseMs))
        {
            return false;
        }

        Remove(oldest);
        return true;
    }

    private void Remove(TurnPermission permission)
    {
        permission.IsRemoved = true;
        _byAddress.Remove(permission.Address);
        DropHeld(permission);
    }

    private void DropHeld(TurnPermission permission)
    {
        while (permission.TryTakeHeld(out var held))
        {
            held.Bytes.Dispose();
            _heldCount--;
        }
    }
}
