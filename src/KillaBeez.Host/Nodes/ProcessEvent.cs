using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using KillaBeez.Cli.Output;

namespace KillaBeez.Cli.Nodes;

/// <summary>
/// What a node, exchange or relay process says on its standard output, one event a line: JSON with <c>--json</c>, which is what the
/// demo reads, text otherwise. The JSON property <c>event</c> names the kind.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(Listening), "listening")]
[JsonDerivedType(typeof(Started), "started")]
[JsonDerivedType(typeof(ExchangeState), "exchange")]
[JsonDerivedType(typeof(IceServerFailed), "ice-server-failed")]
[JsonDerivedType(typeof(PeerConnected), "peer")]
[JsonDerivedType(typeof(PeerDisconnected), "disconnect")]
[JsonDerivedType(typeof(PeerStalled), "stalled")]
[JsonDerivedType(typeof(PeerResumed), "resumed")]
[JsonDerivedType(typeof(CallFailed), "call-failed")]
[JsonDerivedType(typeof(SubstreamOpened), "substream")]
[JsonDerivedType(typeof(Greeted), "greeted")]
[JsonDerivedType(typeof(Rtt), "rtt")]
[JsonDerivedType(typeof(Relayed), "relayed")]
[JsonDerivedType(typeof(Stopped), "stopped")]
internal abstract record ProcessEvent
{
    /// <summary>The exchange, or the STUN or TURN server, takes connections at this address.</summary>
    public sealed record Listening(string Url) : ProcessEvent
    {
        public override string ToText() => $"listening {Url}";
    }

    /// <summary>The node runs in this process; its key is what others call it by.</summary>
    public sealed record Started(PeerId Key, int ProcessId) : ProcessEvent
    {
        public override string ToText() => $"key {Key}";
    }

    /// <summary>The node is, or is no longer, subscribed at an exchange.</summary>
    public sealed record ExchangeState(string Url, bool Connected, string? Error) : ProcessEvent
    {
        public override string ToText() => Connected ? $"exchange {Url} connected" : $"exchange {Url} not connected{(Error is null ? "" : ": " + Error)}";
    }

    /// <summary>A STUN or TURN server could not be used.</summary>
    public sealed record IceServerFailed(string Server, string Error) : ProcessEvent
    {
        public override string ToText() => $"ice-server {Server} failed: {Error}";
    }

    /// <summary>A peer is connected and its key proven.</summary>
    public sealed record PeerConnected(PeerId Key) : ProcessEvent
    {
        public override string ToText() => $"peer {Key}";
    }

    /// <summary>A peer is gone.</summary>
    public sealed record PeerDisconnected(PeerId Key, string? Reason) : ProcessEvent
    {
        public override string ToText() => $"disconnect {Key}{(Reason is null ? "" : ": " + Reason)}";
    }

    /// <summary>A peer's last link died and a new one is being made; nothing is lost yet.</summary>
    public sealed record PeerStalled(PeerId Key) : ProcessEvent
    {
        public override string ToText() => $"stalled {Key}";
    }

    /// <summary>A stalled peer has a link again.</summary>
    public sealed record PeerResumed(PeerId Key) : ProcessEvent
    {
        public override string ToText() => $"resumed {Key}";
    }

    /// <summary>A call did not lead to a connection; it is tried again.</summary>
    public sealed record CallFailed(PeerId Key, string Error) : ProcessEvent
    {
        public override string ToText() => $"call-failed {Key}: {Error}";
    }

    /// <summary>A peer opened a substream.</summary>
    public sealed record SubstreamOpened(PeerId Key, string Type, bool Accepted) : ProcessEvent
    {
        public override string ToText() => $"substream {Key} {Type} {(Accepted ? "accepted" : "refused")}";
    }

    /// <summary>A greeting to a peer was answered, rightly or wrongly, or failed.</summary>
    /// <param name="Key">The peer.</param>
    /// <param name="Bytes">The size of the greeting's body.</param>
    /// <param name="Verified">Whether the answer was the hash of what was sent.</param>
    /// <param name="Error">Why not, where it was not.</param>
    public sealed record Greeted(PeerId Key, int Bytes, bool Verified, string? Error) : ProcessEvent
    {
        public override string ToText() => string.Create(
            CultureInfo.InvariantCulture,
            $"greeted {Key}: {Bytes} bytes {(Verified ? "verified" : $"not verified: {Error}")}");
    }

    /// <summary>A round-trip time was measured, in milliseconds; null where the peer did not answer.</summary>
    public sealed record Rtt(PeerId Key, double? Ms, string? Error) : ProcessEvent
    {
        public override string ToText() => Ms is { } ms
            ? string.Create(CultureInfo.InvariantCulture, $"rtt {Key}: {ms:0.000} ms")
            : $"rtt {Key}: none: {Error}";
    }

    /// <summary>What a STUN or TURN server has done while it ran; bytes are payload.</summary>
    public sealed record Relayed(
        long Allocations, long BytesToPeers, long BytesToClients, long BindingAnswers, long AuthenticationFailures, long Dropped) : ProcessEvent
    {
        public override string ToText() => string.Create(
            CultureInfo.InvariantCulture,
            $"relayed {BytesToPeers} bytes to peers and {BytesToClients} to clients in {Allocations} allocations; {BindingAnswers} bindings; {AuthenticationFailures} without valid credentials; {Dropped} dropped");
    }

    /// <summary>The process ends because it was asked to.</summary>
    public sealed record Stopped : ProcessEvent
    {
        public override string ToText() => "stopped";
    }

    public abstract string ToText();

    public string ToJson() => JsonSerializer.Serialize(this, ProcessEventJson.Default.ProcessEvent);

    /// <summary>Reads a line; false for anything that is no event of ours.</summary>
    public static bool TryParse(string line, [NotNullWhen(true)] out ProcessEvent? e)
    {
        try
        {
            e = JsonSerializer.Deserialize(line, ProcessEventJson.Default.ProcessEvent);
            return e is not null;
        }
        catch (Exception ex) when (ex is JsonException or NotSupportedException)
        {
            // System.Text.Json reports an object without a kind, or of an unknown one, as not supported.
            e = null;
            return false;
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = false,
    AllowOutOfOrderMetadataProperties = true,
    Converters = [typeof(PeerIdJsonConverter)])]
[JsonSerializable(typeof(ProcessEvent))]
internal sealed partial class ProcessEventJson : JsonSerializerContext;
