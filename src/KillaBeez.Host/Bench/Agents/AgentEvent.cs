using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KillaBeez.Cli.Bench.Agents;

/// <summary>What a scriptable peer says, one JSON object a line; <c>ev</c> names the event. Times are milliseconds.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "ev")]
[JsonDerivedType(typeof(Ready), "ready")]
[JsonDerivedType(typeof(Offer), "offer")]
[JsonDerivedType(typeof(Answer), "answer")]
[JsonDerivedType(typeof(Open), "open")]
[JsonDerivedType(typeof(RemoteOpen), "ropen")]
[JsonDerivedType(typeof(Sent), "sent")]
[JsonDerivedType(typeof(Pinged), "pinged")]
[JsonDerivedType(typeof(Closed), "closed")]
[JsonDerivedType(typeof(Stats), "stats")]
[JsonDerivedType(typeof(Error), "error")]
internal abstract record AgentEvent
{
    /// <summary>The connection; absent where the event is about none.</summary>
    [JsonPropertyOrder(-1)]
    public int? Id { get; init; }

    /// <summary>Commands are read.</summary>
    public sealed record Ready : AgentEvent;

    /// <summary>An offer with all candidates.</summary>
    public sealed record Offer(string Sdp) : AgentEvent;

    /// <summary>An answer with all candidates.</summary>
    public sealed record Answer(string Sdp) : AgentEvent;

    /// <summary>The offerer's channel is open, so long after the offer was begun.</summary>
    public sealed record Open(double Ms) : AgentEvent;

    /// <summary>The answerer's channel is open.</summary>
    public sealed record RemoteOpen : AgentEvent;

    /// <summary>A transfer is over.</summary>
    /// <param name="Bytes">What was sent.</param>
    /// <param name="Got">What the other side says it received.</param>
    /// <param name="Ms">From the first message to the other side's word.</param>
    public sealed record Sent([property: JsonPropertyName("sent")] long Bytes, long Got, double Ms) : AgentEvent;

    /// <summary>Round-trip times.</summary>
    public sealed record Pinged(double P50, double P99, double Mean, double Min) : AgentEvent;

    /// <summary>The connection is over, whoever ended it.</summary>
    public sealed record Closed : AgentEvent;

    /// <summary>What the connection knows of itself.</summary>
    /// <param name="Path">The path in use, as "local - remote"; absent where there is none.</param>
    /// <param name="RttMs">The smoothed round-trip time; absent before the first one.</param>
    /// <param name="BytesSent">UDP payload bytes.</param>
    /// <param name="BytesReceived">UDP payload bytes.</param>
    /// <param name="Retransmissions">SCTP chunks sent more than once.</param>
    public sealed record Stats(string? Path, double? RttMs, long BytesSent, long BytesReceived, long Retransmissions) : AgentEvent;

    /// <summary>A command could not be carried out.</summary>
    public sealed record Error(string Msg) : AgentEvent;

    public string ToJson() => JsonSerializer.Serialize(this, AgentEventJson.Default.AgentEvent);

    /// <summary>Reads a line; false for anything that is no event of ours.</summary>
    public static bool TryParse(string line, [NotNullWhen(true)] out AgentEvent? e)
    {
        try
        {
            e = JsonSerializer.Deserialize(line, AgentEventJson.Default.AgentEvent);
            return e is not null;
        }
        catch (Exception ex) when (ex is JsonException or NotSupportedException)
        {
            e = null;
            return false;
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(AgentEvent))]
internal sealed partial class AgentEventJson : JsonSerializerContext;
