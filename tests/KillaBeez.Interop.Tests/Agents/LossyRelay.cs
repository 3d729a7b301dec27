using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace KillaBeez.Interop.Tests.Agents;

/// <summary>
/// Stands between the two sides and loses datagrams in both directions. Each side is told one candidate: the relay's
/// socket that stands for the other side.
/// </summary>
internal sealed partial class LossyRelay : IAsyncDisposable
{
    private readonly double _loss;
    private readonly SeededRandomSource _random;
    private readonly Socket _asThem = Bind();
    private readonly Socket _asUs = Bind();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _loops;
    private IPEndPoint? _ourAddress;
    private IPEndPoint? _theirAddress;

    /// <param name="loss">The share of datagrams that are lost, 0 to 1.</param>
    /// <param name="seed">Which ones.</param>
    public LossyRelay(double loss, ulong seed)
    {
        _loss = loss;
        _random = new SeededRandomSource(seed);
        _loops =
        [
            RunAsync(_asThem, () => _asUs.SendToAsync, from => _ourAddress = from, () => _theirAddress),
            RunAsync(_asUs, () => _asThem.SendToAsync, from => _theirAddress = from, () => _ourAddress),
        ];
    }

    private delegate ValueTask<int> Sender(ReadOnlyMemory<byte> datagram, EndPoint to, CancellationToken cancellationToken);

    /// <summary>Datagrams lost so far.</summary>
    public int Lost { get; private set; }

    /// <summary>Our description as the peer shall see it.</summary>
    public string HideUs(string sdp) => Hide(sdp, _asUs, null, address => _ourAddress ??= address);

    /// <summary>The peer's description as we shall see it.</summary>
    public string HideThem(string sdp) => Hide(sdp, _asThem, _ourAddress, address => _theirAddress ??= address);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops).WaitAsync(PeerAgent.Patience);
        _asThem.Dispose();
        _asUs.Dispose();
        _stop.Dispose();
    }

    private static Socket Bind()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveBufferSize = 4 * 1024 * 1024,
            SendBufferSize = 4 * 1024 * 1024,
        };
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        return socket;
    }

    /// <summary>Keeps the first IPv4 candidate and names the relay's port on the same address in its place.</summary>
    private static string Hide(string sdp, Socket socket, IPEndPoint? known, Action<IPEndPoint> learn)
    {
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        var isDone = false;
        var lines = new List<string>();
        foreach (var line in sdp.Split("\r\n"))
        {
            var match = Candidate().Match(line);
            if (!match.Success)
            {
                // What is no such candidate stays out of it.
                if (!line.StartsWith("a=candidate:", StringComparison.Ordinal))
                {
                    lines.Add(line);
                }
            }
            else if (!isDone)
            {
                isDone = true;
                learn(IPEndPoint.Parse($"{match.Groups["address"]}:{match.Groups["port"]}"));
                lines.Add($"{match.Groups["before"]}{match.Groups["address"]} {port} typ host");
            }
        }

        if (!isDone)
        {
            // It hides its address behind a name; the relay learns the address from its first check.
            lines.Insert(lines.Count - 1, $"a=candidate:1 1 udp 2113937151 {known?.Address ?? IPAddress.Loopback} {port} typ host");
        }

        return string.Join("\r\n", lines);
    }

    private async Task RunAsync(Socket socket, Func<Sender> sender, Action<IPEndPoint> learn, Func<IPEndPoint?> destination)
    {
        var buffer = new byte[2048];
        var any = new IPEndPoint(IPAddress.Any, 0);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var received = await socket.ReceiveFromAsync(buffer, any, _stop.Token);
                learn((IPEndPoint)received.RemoteEndPoint);
                if (!IsLost() && destination() is { } to)
                {
                    await sender()(buffer.AsMemory(0, received.ReceivedBytes), to, _stop.Token);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // The receiver's socket is not there yet, or no more: loss like any other.
            }
        }
    }

    private bool IsLost()
    {
        lock (_random)
        {
            var isLost = _random.Chance(_loss);
            Lost += isLost ? 1 : 0;
            return isLost;
        }
    }

    [GeneratedRegex(@"^(?<before>a=candidate:\S+ 1 udp \d+ )(?<address>\d+\.\d+\.\d+\.\d+) (?<port>\d+) typ host", RegexOptions.IgnoreCase)]
    private static partial Regex Candidate();
}
