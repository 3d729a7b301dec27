using Akka.Streams;
using Akka.Streams.Stage;

namespace KillaBeez.Streams;

/// <summary>Lets elements through as fast as a budget for them fills.</summary>
internal sealed class ThrottleStage<T>(long costPerSecond, long burst, Func<T, long> cost) : GraphStage<FlowShape<T, T>>
{
    public override FlowShape<T, T> Shape { get; } = new(new Inlet<T>("throttle.in"), new Outlet<T>("throttle.out"));

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("throttle");

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, new ThrottleBudget(costPerSecond, burst), cost);

    private sealed class Logic(ThrottleStage<T> stage, ThrottleBudget budget, Func<T, long> cost) : ScheduledLogic<T>(stage.Shape)
    {
        private T? _held;
        private bool _isHolding;

        public override void PreStart() => budget.Start(Now);

        public override void OnPush()
        {
            _held = Grab(In);
            _isHolding = true;
            PushWhenPaid();
        }

        public override void OnUpstreamFinish()
        {
            if (!_isHolding)
            {
                CompleteStage();
            }
        }

        protected override void OnWake() => PushWhenPaid();

        private void PushWhenPaid()
        {
            var wait = budget.TryTake(cost(_held!), Now);
            if (wait > TimeSpan.Zero)
            {
                WakeAfter(wait);
                return;
            }

            var element = _held!;
            _held = default;
            _isHolding = false;
            Push(Out, element);
            if (IsClosed(In))
            {
                CompleteStage();
            }
        }
    }
}
