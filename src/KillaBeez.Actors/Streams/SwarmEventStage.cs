using Akka.Streams;
using Akka.Streams.Stage;
using KillaBeez.Actors.Nodes;

namespace KillaBeez.Streams;

/// <summary>What is the case at a node, and then what happens there.</summary>
internal sealed class SwarmEventStage(SwarmEventHub hub, Action onDropped) : GraphStage<SourceShape<SwarmEvent>>
{
    private readonly Outlet<SwarmEvent> _out = new("events.out");

    public override SourceShape<SwarmEvent> Shape => field ??= new(_out);

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("events");

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, hub, onDropped);

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly Outlet<SwarmEvent> _out;
        private readonly SwarmEventHub _hub;
        private readonly SwarmEventBuffer _buffer;

        public Logic(SwarmEventStage stage, SwarmEventHub hub, Action onDropped)
            : base(stage.Shape)
        {
            _out = stage._out;
            _hub = hub;
            _buffer = new SwarmEventBuffer(GetAsyncCallback(OnWake), onDropped);
            SetHandler(_out, this);
        }

        public override void PreStart() => _hub.Observe(_buffer);

        public override void OnPull()
        {
            if (_buffer.TryTake(out var e))
            {
                Push(_out, e);
            }

            CompleteIfOver();
        }

        public override void PostStop() => _hub.Forget(_buffer);

        private void OnWake()
        {
            if (IsAvailable(_out) && _buffer.TryTake(out var e))
            {
                Push(_out, e);
            }

            CompleteIfOver();
        }

        private void CompleteIfOver()
        {
            if (_buffer.IsOver)
            {
                CompleteStage();
            }
        }
    }
}
