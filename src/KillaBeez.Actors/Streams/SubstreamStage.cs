using Akka.Streams;
using Akka.Streams.Stage;

namespace KillaBeez.Streams;

/// <summary>
/// A substream as a flow: what is pushed in goes to the peer, what the peer sends comes out. Demand is the only thing that
/// moves it, in both directions.
/// </summary>
/// <param name="name">What the stage is called in logs.</param>
/// <param name="origin">Where a materialisation's substream comes from; failing, or being cancelled, it fails the stream.</param>
/// <param name="maxElementBytes">The longest element that comes out.</param>
internal sealed class SubstreamStage(string name, Func<CancellationToken, Task<Substream>> origin, int maxElementBytes)
    : GraphStageWithMaterializedValue<FlowShape<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>, SubstreamTasks>
{
    public Inlet<ReadOnlyMemory<byte>> In { get; } = new($"{name}.in");

    public Outlet<ReadOnlyMemory<byte>> Out { get; } = new($"{name}.out");

    public override FlowShape<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> Shape => field ??= new(In, Out);

    public int MaxElementBytes => maxElementBytes;

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName(name);

    public Task<Substream> BeginAsync(CancellationToken giveUp) => origin(giveUp);

    public override ILogicAndMaterializedValue<SubstreamTasks> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new SubstreamLogic(this);
        return new LogicAndMaterializedValue<SubstreamTasks>(logic, logic.Tasks);
    }
}

/// <summary>What a materialisation gives: the substream once it is open, and its end.</summary>
internal sealed record SubstreamTasks(Task<OutgoingSubstream> Opened, Task<Done> Completion);
