using System.Text.Json;
using System.Text.Json.Serialization;

namespace KillaBeez.Cli.Output;

/// <summary>A key in JSON is its hex text.</summary>
internal sealed class PeerIdJsonConverter : JsonConverter<PeerId>
{
    public override PeerId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        PeerId.TryParse(reader.GetString(), out var id) ? id : throw new JsonException("not a key");

    public override void Write(Utf8JsonWriter writer, PeerId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
