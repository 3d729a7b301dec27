using KillaBeez.Actors.Transport;

namespace KillaBeez.TestKit;

/// <summary>
/// One side of a link that is coming about: the offer names it in the network, the answer finds it there, and
/// the link opens at both ends when the answer has come back and a round trip has passed.
/// </summary>
internal sealed class SimulatedAttempt(SimulatedNetwork network, SimulatedHost host, ILinkAttemptObserver observer) : ILinkAttempt
{
    private static readonly TimeSpan _attemptLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _checkInterval = TimeSpan.FromMilliseconds(500);

    private long _number;
    private SimulatedAttempt? _other;
    private SimulatedPath? _path;
    private bool _isClosed;
    private bool _isOpen;
    private bool _hasFailed;

    private SimulatedHost Host => host;

    private PeerId Node => host.Id;

    public void BeginOffer()
    {
        _number = network.Register(this);
        network.Simulation.Schedule(TimeSpan.Zero, () => Tell(o => o.OnDescription(SimulatedLinkTransport.FormatOffer(_number))));
        FailLater();
    }

    public void BeginAnswer(string offer)
    {
        if (!SimulatedLinkTransport.TryParseOffer(offer, out _number) || network.TakeOffer(_number) is not { _isClosed: false } offerer)
        {
            Fail("the offer is not known any more");
            return;
        }

        _other = offerer;
        offerer._other = this;
        network.Simulation.Schedule(TimeSpan.Zero, () => Tell(o => o.OnDescription("sim-answer")));
        FailLater();
    }

    public void AcceptAnswer(string answer)
    {
        if (_other is null || _isOpen || _isClosed)
        {
            return;
        }

        var conditions = network.ConditionsOf(Node, _other.Node);
        if (network.Random.Chance(conditions.AttemptFailures))
        {
            Fail("the simulated network let the attempt fail");
            _other.Fail("the simulated network let the attempt fail");
            return;
        }

        network.Simulation.Schedule(network.Delay(conditions) + network.Delay(conditions), Open);
    }

    public void AddCandidate(string candidate)
    {
    }

    public void Close()
    {
        _isClosed = true;
        network.Forget(_number);
        _path?.CloseFrom(Node);
    }

    private void Open()
    {
        if (_isClosed || _hasFailed || _other is null || _other._isClosed || _other._hasFailed)
        {
            return;
        }

        if (!network.AreReachable(host, _other.Host))
        {
            // As ICE does: checks go on while the attempt lives, and find the path when it is there again.
            network.Simulation.Schedule(_checkInterval, Open);
            return;
        }

        var path = new SimulatedPath(network, _number, host, _other.Host);
        network.Add(path);
        (_path, _other._path) = (path, path);
        (_isOpen, _other._isOpen) = (true, true);
        observer.OnOpened(path.EndOf(Node), path.Prologue);
        _other.Tell(o => o.OnOpened(path.EndOf(_other.Node), path.Prologue));
    }

    private void FailLater() => network.Simulation.Schedule(_attemptLimit, () =>
    {
        if (!_isOpen)
        {
            Fail("no link came about in time");
        }
    });

    private void Fail(string reason)
    {
        _hasFailed = true;
        network.Simulation.Schedule(TimeSpan.Zero, () => Tell(o => o.OnFailed(reason)));
    }

    private void Tell(Action<ILinkAttemptObserver> tell)
    {
        if (!_isClosed)
        {
            tell(observer);
        }
    }
}
