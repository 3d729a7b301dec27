using Akka.Streams;
using Akka.Streams.Stage;
using KillaBeez.Actors.Handles;

namespace KillaBeez.Streams;

/// <summary>The substreams of one type that peers open, as a source. Each materialisation listens by itself.</summary>
internal sealed class BindStage(SubstreamListeners listeners, string type, SubstreamBindOptions options)
    : GraphStageWithMaterializedValue<SourceShape<IncomingSubstream>, Task<SubstreamBinding>>
{
    public Outlet<IncomingSubstream> Out { get; } = new("substreams.out");

    public override SourceShape<IncomingSubstream> Shape => field ??= new(Out);

    public SubstreamListeners Listeners => listeners;

    public string Type => type;

    public SubstreamBindOptions Options => options;

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("substreams");

    public override ILogicAndMaterializedValue<Task<SubstreamBinding>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new BindLogic(this);
        return new LogicAndMaterializedValue<Task<SubstreamBinding>>(logic, logic.Binding);
    }
}
