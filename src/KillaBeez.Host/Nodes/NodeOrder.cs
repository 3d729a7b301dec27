using System.Globalization;

namespace KillaBeez.Cli.Nodes;

/// <summary>
/// What a node process that runs as a child reads on its standard input, one command a line: <c>call KEY</c>,
/// <c>greet KEY BYTES</c>, <c>ping KEY</c>.
/// </summary>
internal abstract record NodeOrder
{
    /// <summary>Call a node.</summary>
    public sealed record Call(PeerId Key) : NodeOrder
    {
        public override string ToString() => $"call {Key}";
    }

    /// <summary>Send a connected peer a greeting with a random body and check its answer.</summary>
    public sealed record Greet(PeerId Key, int Bytes) : NodeOrder
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"greet {Key} {Bytes}");
    }

    /// <summary>Measure the round-trip time to a connected peer.</summary>
    public sealed record Ping(PeerId Key) : NodeOrder
    {
        public override string ToString() => $"ping {Key}";
    }

    /// <summary>Reads a line; null for anything that is no order.</summary>
    public static NodeOrder? TryParse(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["call", var key] when PeerId.TryParse(key, out var id) => new Call(id),
        ["greet", var key, var bytes] when PeerId.TryParse(key, out var id) && IsBodySize(bytes, out var size) => new Greet(id, size),
        ["ping", var key] when PeerId.TryParse(key, out var id) => new Ping(id),
        _ => null,
    };

    private static bool IsBodySize(string text, out int size) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size) && size <= Greeting.MaxBodyBytes;
}
