using KillaBeez.WebRtc.Io.Gathering;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Actors.Settings;

/// <summary>
/// The settings of a node, each once: <see cref="SwarmOptions"/>, a section of an IConfiguration and HOCON are three
/// faces of this list.
/// </summary>
internal static class SwarmSettings
{
    private const int MostMeshDegree = 4096;
    private const int MostPeers = 65_536;
    private const int MostBacklog = 100_000;
    private static readonly (TimeSpan Least, TimeSpan Most) _callTimeout = (TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
    private static readonly (TimeSpan Least, TimeSpan Most) _resumeWindow = (TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
    private static readonly (TimeSpan Least, TimeSpan Most) _acceptTimeout = (TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));

    public static IReadOnlyList<SwarmSetting> All { get; } =
    [
        new(nameof(SwarmOptions.Exchanges), (value, o) => HoconReader.Addresses(value, out var read) is { } wrong ? wrong : Set(() => o.Exchanges = read), o => ExchangesProblem(o.Exchanges)),
        new(nameof(SwarmOptions.KeyFile), (value, o) => HoconReader.Text(value, out var read) is { } wrong ? wrong : Set(() => o.KeyFile = read)),
        new(nameof(SwarmOptions.CallTimeout), (value, o) => HoconReader.Duration(value, out var read) is { } wrong ? wrong : Set(() => o.CallTimeout = read), o => OutOf(o.CallTimeout, _callTimeout)),
        new(nameof(SwarmOptions.MeshDegree), (value, o) => HoconReader.Number(value, out var read) is { } wrong ? wrong : Set(() => o.MeshDegree = read), o => OutOf(o.MeshDegree, 0, MostMeshDegree)),
        new(nameof(SwarmOptions.MaxPeers), (value, o) => HoconReader.Number(value, out var read) is { } wrong ? wrong : Set(() => o.MaxPeers = read), o => OutOf(o.MaxPeers, 1, MostPeers)),
        new(nameof(SwarmOptions.ResumeWindow), (value, o) => HoconReader.Duration(value, out var read) is { } wrong ? wrong : Set(() => o.ResumeWindow = read), o => OutOf(o.ResumeWindow, _resumeWindow)),
        new(nameof(SwarmOptions.AllowLoopback), (value, o) => HoconReader.Flag(value, out var read) is { } wrong ? wrong : Set(() => o.AllowLoopback = read)),
        new(nameof(SwarmOptions.IceServers), (value, o) => HoconReader.IceServers(value, out var read) is { } wrong ? wrong : Set(() => o.IceServers = read), o => IceServersProblem(o.IceServers)),
        new(nameof(SwarmOptions.TcpPort), (value, o) => HoconReader.NumberOrOff(value, out var read) is { } wrong ? wrong : Set(() => o.TcpPort = read), o => o.TcpPort is { } port ? OutOf(port, 0, ushort.MaxValue) : null),
        new(nameof(SwarmOptions.RelayOnly), (value, o) => HoconReader.Flag(value, out var read) is { } wrong ? wrong : Set(() => o.RelayOnly = read), RelayOnlyProblem, other: nameof(SwarmOptions.IceServers)),
        new(nameof(SwarmOptions.SubstreamAcceptTimeout), (value, o) => HoconReader.Duration(value, out var read) is { } wrong ? wrong : Set(() => o.SubstreamAcceptTimeout = read), o => OutOf(o.SubstreamAcceptTimeout, _acceptTimeout)),
        new(nameof(SwarmOptions.SubstreamBacklog), (value, o) => HoconReader.Number(value, out var read) is { } wrong ? wrong : Set(() => o.SubstreamBacklog = read), o => OutOf(o.SubstreamBacklog, 1, MostBacklog)),
    ];

    private static string? Set(Action set)
    {
        set();
        return null;
    }

    private static string? OutOf(int value, int least, int most) =>
        value < least || value > most ? $"is {value}, but it is {least} to {most}" : null;

    private static string? OutOf(TimeSpan value, (TimeSpan Least, TimeSpan Most) range) => value < range.Least || value > range.Most
        ? $"is {HoconReader.Write(value)}, but it is {HoconReader.Write(range.Least)} to {HoconReader.Write(range.Most)}"
        : null;

    private static string? ExchangesProblem(IList<Uri>? exchanges)
    {
        if (exchanges is null)
        {
            return "is null";
        }

        foreach (var exchange in exchanges)
        {
            if (exchange is not { IsAbsoluteUri: true, Scheme: "ws" or "wss" })
            {
                return $"has '{exchange}', which is not a signal exchange's address: it starts with ws:// or wss://";
            }
        }

        return null;
    }

    private static string? IceServersProblem(IList<IceServer>? servers)
    {
        if (servers is null)
        {
            return "is null";
        }

        if (servers.Any(server => server?.Urls is not { Count: > 0 }))
        {
            return "has an entry without urls";
        }

        try
        {
            _ = ServerUrl.ParseAll(servers);
            return null;
        }
        catch (ArgumentException e)
        {
            return $"is wrong: {e.Message.TrimEnd('.')}";
        }
    }

    private static string? RelayOnlyProblem(SwarmOptions options) =>
        options.RelayOnly && options.IceServers?.Any(IsTurn) != true ? $"is on, but there is no TURN server in {nameof(SwarmOptions.IceServers)}" : null;

    private static bool IsTurn(IceServer server) => server.Urls.Any(url => url.StartsWith("turn", StringComparison.OrdinalIgnoreCase));
}
