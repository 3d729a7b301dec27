using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Healing;

namespace KillaBeez.Swarm.Tests.Healing;

/// <summary>When lost peers are called again.</summary>
public sealed class HealingEngineTests
{
    private static readonly HealingLimits _limits = HealingLimits.Default;
    private static readonly PeerId[] _keys = [.. Enumerable.Range(1, 2_000).Select(KeyOf)];

    private readonly HealingEngine _engine = new(new SeededRandomSource(1));
    private Instant _now = Instant.Zero;

    [Fact]
    public void PeerLost_IsCalledAgainAndAgainWithPausesThatGrowToALimit()
    {
        _engine.PeerLost(_now, _keys[0], hasTakenLeave: false);
        var calls = new List<Instant>();
        while (calls.Count < 50)
        {
            Assert.Equal([_keys[0]], CallsAtNextTimeout());
            calls.Add(_now);
            _engine.CallFailed(_now, _keys[0], CallFailure.Timeout);
        }

        var pauses = calls.Zip(calls.Skip(1), (a, b) => b - a).ToArray();
        Assert.InRange(calls[0] - Instant.Zero, _limits.FirstPause / 2, _limits.FirstPause * 1.5);
        Assert.All(pauses, pause => Assert.InRange(pause, _limits.FirstPause, _limits.LongestPause * 1.5));
        Assert.True(pauses[^10..].Min() >= _limits.LongestPause / 2, "pauses grow");
        Assert.True(pauses[^10..].Distinct().Count() == 10, "pauses are jittered");
    }

    [Fact]
    public void CallFailed_NobodyKnowsThePeer_PausesGrowFurther()
    {
        _engine.PeerLost(_now, _keys[0], hasTakenLeave: false);
        Instant last = default;
        for (var i = 0; i < 20; i++)
        {
            last = _now;
            Assert.Single(CallsAtNextTimeout());
            _engine.CallFailed(_now, _keys[0], CallFailure.PeerUnknown);
        }

        Assert.InRange(_now - last, _limits.LongestPauseOfAbsent / 2, _limits.LongestPauseOfAbsent * 1.5);
    }

    [Fact]
    public void Hurry_EverybodyLostIsCalledWithinASecond()
    {
        foreach (var key in _keys[..5])
        {
            _engine.PeerLost(_now, key, hasTakenLeave: false);
        }

        for (var i = 0; i < 40; i++)
        {
            foreach (var key in CallsAtNextTimeout())
            {
                _engine.CallFailed(_now, key, CallFailure.Timeout);
            }
        }

        _engine.Hurry(_now);
        Assert.Equal(_keys[..5].Order(), CallsWithin(_limits.HurryWithin).Order());
    }

    [Fact]
    public void PeerUp_OneIsBack_TheOthersAreCalledSoon()
    {
        foreach (var key in _keys[..3])
        {
            _engine.PeerLost(_now, key, hasTakenLeave: true);
        }

        _engine.PeerUp(_now, _keys[0]);
        Assert.Equal(_keys[1..3].Order(), CallsWithin(_limits.HurryWithin).Order());
    }

    [Fact]
    public void PeerUp_IsNotCalledAnyMore()
    {
        _engine.PeerLost(_now, _keys[0], hasTakenLeave: false);
        _engine.PeerUp(_now, _keys[0]);
        Assert.Equal(0, _engine.Count);
        Assert.Equal(Instant.Never, _engine.NextTimeout);
    }

    [Fact]
    public void CallFailed_Refused_LetsGo()
    {
        _engine.PeerLost(_now, _keys[0], hasTakenLeave: false);
        Assert.Single(CallsAtNextTimeout());
        _engine.CallFailed(_now, _keys[0], CallFailure.Refused);
        Assert.Equal(0, _engine.Count);
    }

    [Fact]
    public void PeerLost_Many_AFewAreCalledAtOnceAndAllInTheEnd()
    {
        foreach (var key in _keys[..100])
        {
            _engine.PeerLost(_now, key, hasTakenLeave: false);
        }

        var called = new HashSet<PeerId>();
        for (var underWay = new Queue<PeerId>(); called.Count < 100;)
        {
            foreach (var key in CallsAtNextTimeout())
            {
                underWay.Enqueue(key);
                called.Add(key);
            }

            Assert.InRange(underWay.Count, 1, _limits.CallsAtOnce);
            _engine.CallFailed(_now, underWay.Dequeue(), CallFailure.Timeout);
        }
    }

    [Fact]
    public void PeerLost_MoreThanTheLimit_TheFirstIsForgotten()
    {
        foreach (var key in _keys[..(_limits.Lost + 1)])
        {
            _engine.PeerLost(_now, key, hasTakenLeave: false);
        }

        Assert.Equal(_limits.Lost, _engine.Count);
        _engine.LetGo(_keys[0]);
        Assert.Equal(_limits.Lost, _engine.Count);
        _engine.LetGo(_keys[1]);
        Assert.Equal(_limits.Lost - 1, _engine.Count);
    }

    [Fact]
    public void Call_NobodySaysWhatCameOfIt_IsMadeAgain()
    {
        _engine.PeerLost(_now, _keys[0], hasTakenLeave: false);
        Assert.Single(CallsAtNextTimeout());
        var began = _now;
        while (!CallsAtNextTimeout().Contains(_keys[0]))
        {
        }

        Assert.InRange(_now - began, _limits.CallLimit, _limits.CallLimit + _limits.LongestPause);
    }

    private static PeerId KeyOf(int number)
    {
        var bytes = new byte[PeerId.SizeBytes];
        BitConverter.TryWriteBytes(bytes, number);
        return new PeerId(bytes);
    }

    private List<PeerId> CallsAtNextTimeout()
    {
        Assert.NotEqual(Instant.Never, _engine.NextTimeout);
        _now = _engine.NextTimeout;
        return Calls();
    }

    private List<PeerId> CallsWithin(TimeSpan time)
    {
        var end = _now + time;
        var calls = new List<PeerId>();
        while (_engine.NextTimeout <= end)
        {
            _now = _engine.NextTimeout;
            calls.AddRange(Calls());
        }

        return calls;
    }

    private List<PeerId> Calls()
    {
        _engine.HandleTimeout(_now);
        var calls = new List<PeerId>();
        while (_engine.TryPollCall(out var peer))
        {
            calls.Add(peer);
        }

        return calls;
    }
}
