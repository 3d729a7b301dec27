using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

/// <summary>What a seed may do, and how often. Weights are relative; 0 is never.</summary>
internal sealed record ScheduleProfile
{
    public int Steps { get; init; } = 160;

    public int MaxLinks { get; init; } = 3;

    public int Restarts { get; init; }

    public int Replays { get; init; }

    public int Switches { get; init; } = 12;

    public int Kills { get; init; } = 12;

    /// <summary>Links that stop carrying but look alive, one direction or both.</summary>
    public int Freezes { get; init; }

    /// <summary>Long pauses, in which windows can run out.</summary>
    public int Pauses { get; init; }

    public bool Closes { get; init; }

    public int Aborts { get; init; }

    /// <summary>Links that one side leaves with BYE.</summary>
    public int Leaves { get; init; }

    public int[] FrameBytes { get; init; } = [1, 10, 100, 1000];

    public SessionOptions First { get; init; } = new();

    public SessionOptions Second { get; init; } = new();

    public ScheduleProfile WithRules(SessionRules rules) => this with
    {
        First = First with { Rules = rules },
        Second = Second with { Rules = rules },
    };
}

/// <summary>
/// A random run of a world by a profile and a seed, and then quiet: with links that stay up everything is
/// delivered (P6), without links both sides end (P7).
/// </summary>
internal sealed class SessionSchedule
{
    private static readonly TimeSpan _convergenceBound = TimeSpan.FromMinutes(4);

    private readonly ScheduleProfile _profile;
    private readonly SeededRandomSource _random;
    private readonly SessionWorld _world;
    private int _restarts;
    private int _replays;
    private int _switches;
    private int _kills;
    private int _freezes;
    private int _pauses;
    private int _aborts;
    private int _leaves;

    private SessionSchedule(ScheduleProfile profile, ulong seed, bool takesTrace)
    {
        _profile = profile;
        _random = new SeededRandomSource(seed);
        _world = new SessionWorld(seed ^ 0xABCDEF, profile.First, profile.Second)
        {
            TakesTrace = takesTrace,
            ExpectsProgress = profile.Freezes == 0 && profile.First.ResumeWindow > 2 * profile.First.LinkDead && profile.Second.ResumeWindow > 2 * profile.Second.LinkDead,
        };
        (_restarts, _replays, _switches, _kills, _freezes, _pauses) =
            (profile.Restarts, profile.Replays, profile.Switches, profile.Kills, profile.Freezes, profile.Pauses);
        (_aborts, _leaves) = (profile.Aborts, profile.Leaves);
    }

    /// <summary>Runs a seed; null if it held, else what broke.</summary>
    public static string? Run(ScheduleProfile profile, ulong seed)
    {
        var failure = Run(profile, seed, takesTrace: false);
        if (failure is null)
        {
            return null;
        }

        // Once more for the story.
        var schedule = new SessionSchedule(profile, seed, takesTrace: true);
        try
        {
            schedule.RunToTheEnd();
        }
        catch (SessionFailure again)
        {
            return $"seed {seed}: {again.Message}\n{string.Join('\n', schedule._world.Trace.TakeLast(60))}";
        }

        return $"seed {seed}: {failure} (not repeatable!)";
    }

    /// <summary>Whether a seed breaks; without the cost of a story.</summary>
    public static string? Run(ScheduleProfile profile, ulong seed, bool takesTrace)
    {
        try
        {
            new SessionSchedule(profile, seed, takesTrace).RunToTheEnd();
            return null;
        }
        catch (SessionFailure failure)
        {
            return failure.Message;
        }
    }

    private void RunToTheEnd()
    {
        for (var step = 0; step < _profile.Steps; step++)
        {
            Step();
            _world.Advance(TimeSpan.FromMilliseconds(_random.NextInt32(0, 30)));
        }

        if (_random.Chance(0.3))
        {
            EndWithoutLinks();
        }
        else
        {
            EndWithLinks();
        }
    }

    private void Step()
    {
        var node = _random.NextInt32(0, 2);
        switch (_random.NextInt32(0, 100))
        {
            case < 50:
                DeliverSomething();
                break;
            case < 65:
                _world.Write(node, _profile.FrameBytes[_random.NextInt32(0, _profile.FrameBytes.Length)]);
                break;
            case < 75:
                if (_world.Links.Count(l => !l.IsDead) < _profile.MaxLinks)
                {
                    _world.Dial(node);
                }

                break;
            case < 80:
                NoticeSomething();
                break;
            case < 85 when _kills > 0:
                _kills--;
                KillSomething();
                break;
            case < 91 when _switches > 0:
                _switches--;
                SwitchSomewhere(node);
                break;
            case < 93 when _restarts > 0:
                _restarts--;
                _world.Restart(node);
                break;
            case < 95 when _replays > 0:
                _replays--;
                _world.Replay(node);
                break;
            case < 97 when _freezes > 0:
                _freezes--;
                FreezeSomething();
                break;
            case < 98 when _pauses > 0:
                _pauses--;
                _world.Advance(TimeSpan.FromSeconds(_random.NextInt32(1, 40)));
                break;
            case < 98 when _aborts > 0:
                _aborts--;
                _world.Abort(node);
                break;
            case < 99 when _leaves > 0:
                _leaves--;
                LeaveSomething(node);
                break;
            case < 99 when _profile.Closes && _random.Chance(0.3):
                _world.Close(node);
                break;
            default:
                if (_profile.Closes && _world.Nodes[node].IsPeerClosing)
                {
                    _world.Close(node);
                }

                break;
        }
    }

    private SimLink? Pick(Func<SimLink, bool> which)
    {
        var links = _world.Links.Where(which).ToArray();
        return links.Length == 0 ? null : links[_random.NextInt32(0, links.Length)];
    }

    private void DeliverSomething()
    {
        var to = _random.NextInt32(0, 2);
        if (Pick(l => l.To(to).Count > 0) is { } link)
        {
            var count = _random.NextInt32(1, 4);
            while (count-- > 0 && _world.Deliver(link, to))
            {
            }
        }
    }

    private void NoticeSomething()
    {
        var node = _random.NextInt32(0, 2);
        if (Pick(l => l.CanNotice(node)) is { } link)
        {
            _world.Notice(link, node);
        }
    }

    private void KillSomething()
    {
        if (Pick(l => !l.IsDead) is { } link)
        {
            _world.Kill(link);
            switch (_random.NextInt32(0, 4))
            {
                case 0:
                    _world.Notice(link, 0);
                    break;
                case 1:
                    _world.Notice(link, 1);
                    break;
                case 2:
                    _world.Notice(link, 0);
                    _world.Notice(link, 1);
                    break;
                default:
                    break;
            }
        }
    }

    private void SwitchSomewhere(int node)
    {
        if (Pick(l => !l.IsClosedAt(node)) is { } link)
        {
            _world.Use(node, link);
        }
    }

    private void LeaveSomething(int node)
    {
        if (Pick(l => !l.IsClosedAt(node)) is { } link)
        {
            _world.Leave(node, link);
        }
    }

    private void FreezeSomething()
    {
        if (Pick(l => !l.IsDead) is { } link)
        {
            link.Frozen[_random.NextInt32(0, 2)] = true;
            link.Frozen[_random.NextInt32(0, 2)] = true;
            _world.Note($"{link.Id} freezes {link.Frozen[0]} {link.Frozen[1]}");
        }
    }

    /// <summary>P7: nothing comes up any more.</summary>
    private void EndWithoutLinks()
    {
        foreach (var link in _world.Links.ToArray())
        {
            _world.Kill(link);
        }

        var options = _world.Nodes.Select(n => n.Options);
        _world.Advance(options.Max(o => o.LinkDead + o.ResumeWindow + o.HelloTimeout));
        foreach (var node in _world.Nodes)
        {
            if (node.Engine.Current is not null)
            {
                throw new SessionFailure($"P7: node {node.Index} still holds a session without links");
            }

            if (node.Engine.NextTimeout != Instant.Never || node.Engine.Links.Count > 0)
            {
                throw new SessionFailure("P4: a timer or link of an ended session");
            }
        }
    }

    /// <summary>P6: links stay up now, and are dialed whenever one is wanted.</summary>
    private void EndWithLinks()
    {
        var end = _world.Now + _convergenceBound;
        while (!IsConverged())
        {
            if (_world.Now > end)
            {
                throw new SessionFailure($"P6: not converged: {Describe(0)}; {Describe(1)}");
            }

            _world.Settle();
            foreach (var link in _world.Links.ToArray())
            {
                for (var node = 0; node < 2; node++)
                {
                    if (link.CanNotice(node) && link.To(node).Count == 0)
                    {
                        _world.Notice(link, node);
                    }
                }
            }

            CloseWhereThePeerCloses();
            if (!HaveCommonLink() && !IsConverged())
            {
                _world.Dial(_random.NextInt32(0, 2));
                _world.Settle();
            }

            _world.Advance(TimeSpan.FromMilliseconds(_random.NextInt32(5, 500)));
        }
    }

    private void CloseWhereThePeerCloses()
    {
        foreach (var node in _world.Nodes)
        {
            if (node.IsPeerClosing)
            {
                _world.Close(node.Index);
            }
        }
    }

    private bool HaveCommonLink() => _world.Links.Any(l => !l.IsDead && !l.Frozen[0] && !l.Frozen[1] && !l.IsClosedAt(0) && !l.IsClosedAt(1));

    private bool IsConverged()
    {
        var first = _world.Nodes[0].Engine.CurrentSession;
        var second = _world.Nodes[1].Engine.CurrentSession;
        if (first is null || second is null)
        {
            // Closed in order on both sides, or never begun; a half is not quiet.
            return first is null && second is null && HaveEndedOrNeverBegun();
        }

        return first.Pair == second.Pair.Mirrored
            && first.Sender.Base == first.Sender.End && second.Sender.Base == second.Sender.End
            && first.Sender.End == second.Receiver.Expected && second.Sender.End == first.Receiver.Expected
            && !first.IsWaiting && !second.IsWaiting && !first.IsClosing && !second.IsClosing;
    }

    private bool HaveEndedOrNeverBegun() => _profile.Closes && _world.Nodes.Any(n => n.Ended.Count > 0);

    private string Describe(int node)
    {
        var engine = _world.Nodes[node].Engine;
        return engine.CurrentSession is { } s
            ? $"{s.Pair} {s.Sender.Base}/{s.Sender.Cursor}/{s.Sender.Top}/{s.Sender.End} expects {s.Receiver.Expected}, {engine.Links.Count(l => l.IsOpen)} open"
            : $"no session, {engine.Links.Count} links";
    }
}
