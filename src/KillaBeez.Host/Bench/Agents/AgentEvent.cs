using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.PeerConnections;

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
[JsonDerivedType(typeof(Negotiate), "negotiate")]
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

    /// <summary>The connection asks for a further offer, because an address of this side is gone: <see cref="AgentCommand.Reoffer"/>.</summary>
    public sealed record Negotiate : AgentEvent;

    /// <summary>What the connection knows of itself. What belongs to the path is absent where there is none.</summary>
    /// <param name="BytesSent">UDP payload bytes.</param>
    /// <param name="BytesReceived">UDP payload bytes.</param>
    /// <param name="Retransmissions">SCTP chunks sent more than once.</param>
    /// <param name="PathChanges">How often the path has changed.</param>
    /// <param name="RttMs">The smoothed round-trip time; absent before the first one.</param>
    /// <param name="Local">How this side's address is reached: host, srflx, prflx or relay.</param>
    /// <param name="Remote">The same of the peer's.</param>
    /// <param name="Protocol">Between this side, or its relay, and the peer: udp or tcp.</param>
    /// <param name="LocalAddress">This side's socket, or its relayed address.</param>
    /// <param name="RemoteAddress">The peer's address as seen from there.</param>
    public sealed record Stats(
        long BytesSent,
        long BytesReceived,
        long Retransmissions,
        long PathChanges,
        double? RttMs = null,
        string? Local = null,
        string? Remote = null,
        string? Protocol = null,
        string? LocalAddress = null,
        string? RemoteAddress = null) : AgentEvent
    {
        public static Stats Of(PeerConnectionStats stats)
        {
            var pair = stats.SelectedPair;
            return new Stats(
                stats.BytesSent,
                stats.BytesReceived,
                stats.Retransmissions,
                stats.PathChanges,
                stats.RoundTripTime?.TotalMilliseconds,
                Name(pair?.LocalType),
                Name(pair?.RemoteType),
                pair?.Transport.ToString().ToLowerInvariant(),
                pair?.Local.ToString(),
                pair?.Remote.ToString());
        }

        /// <summary>The names of RFC 8839, section 5.1.</summary>
        private static string? Name(IceCandidateType? type) => type switch
        {
            IceCandidateType.Host => "host",
            IceCandidateType.ServerReflexive => "srflx",
            IceCandidateType.PeerReflexive => "prflx",
            IceCandidateType.Relayed => "relay",
            _ => null,
        };
    }

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
