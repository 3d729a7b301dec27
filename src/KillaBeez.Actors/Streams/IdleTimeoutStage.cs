using System.Globalization;
using Akka.Streams;
using Akka.Streams.Stage;

namespace KillaBeez.Streams;

/// <summary>Fails where no element passes for a time. One timer looks back, instead of one for each element.</summary>
internal sealed class IdleTimeoutStage<T>(TimeSpan timeout) : GraphStage<FlowShape<T, T>>
{
    public override FlowShape<T, T> Shape { get; } = new(new Inlet<T>("idle-timeout.in"), new Outlet<T>("idle-timeout.out"));

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("idle-timeout");

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, timeout);

    private sealed class Logic(IdleTimeoutStage<T> stage, TimeSpan timeout) : ScheduledLogic<T>(stage.Shape)
    {
        private TimeSpan _lastPassed;

        public override void PreStart()
        {
            _lastPassed = Now;
            WakeAfter(timeout);
        }

        public override void OnPush()
        {
            _lastPassed = Now;
            Push(Out, Grab(In));
        }

        protected override void OnWake()
        {
            var left = timeout - (Now - _lastPassed);
            if (left > TimeSpan.Zero)
            {
                WakeAfter(left);
            }
            else
            {
                FailStage(new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"No element has passed for {timeout.TotalSeconds:0.###} s.")));
            }
        }
    }
}
