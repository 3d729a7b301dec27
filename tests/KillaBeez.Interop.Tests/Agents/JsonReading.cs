using System.Text.Json.Nodes;

namespace KillaBeez.Interop.Tests.Agents;

internal static class JsonReading
{
    public static string? Text(this JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>JavaScript has one kind of number, Python and Go write whole ones as such.</summary>
    public static long? Number(this JsonObject json, string name) => json[name] is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.Number
        ? (long)value.GetValue<double>()
        : null;
}
