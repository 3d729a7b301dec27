using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using KillaBeez.Tests;

namespace KillaBeez.Interop.Tests.Agents;

/// <summary>
/// Stands between the two sides as a bad path. Each side is told one candidate: the relay's socket that stands for the
/// other side.
/// </summary>
internal sealed partial class PathRelay : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private readonly PathFaults _faults;
    private readonly SeededRandomSource _random;
    private readonly Socket _asThem = Bind();
    private readonly Socket _asUs = Bind();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _loops;
    private IPEndPoint? _ourAddress;
    private IPEndPoint? _theirAddress;

    /// <param name="faults">What happens to datagrams.</param>
    /// <param name="seed">To which ones.</param>
    public PathRelay(PathFaults faults, ulong seed)
    {
        _faults = faults;
        _random = new SeededRandomSource(seed);
        var (toThem, toUs) = (new DelayLine(), new DelayLine());
        _loops =
        [
            ReceiveAsync(_asThem, toThem, datagram => SendAsync(_asUs, datagram, _theirAddress), from => _ourAddress = from),
            ReceiveAsync(_asUs, toUs, datagram => SendAsync(_asThem, datagram, _ourAddress), from => _theirAddress = from),
            ReleaseAsync(toThem, datagram => SendAsync(_asUs, datagram, _theirAddress)),
            ReleaseAsync(toUs, datagram => SendAsync(_asThem, datagram, _ourAddress)),
        ];
    }

    /// <summary>Datagrams lost so far.</summary>
    public int Lost { get; private set; }

    /// <summary>Datagrams that came late or twice so far.</summary>
    public int Disordered { get; private set; }

    /// <summary>Our description as the peer shall see it.</summary>
    public string HideUs(string sdp) => Hide(sdp, _asUs, null, address => _ourAddress ??= address);

    /// <summary>The peer's description as we shall see it.</summary>
    public string HideThem(string sdp) => Hide(sdp, _asThem, _ourAddress, address => _theirAddress ??= address);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops).WaitAsync(Patience.Bound);
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

    private async Task ReceiveAsync(Socket socket, DelayLine line, Func<ReadOnlyMemory<byte>, ValueTask> send, Action<IPEndPoint> learn)
    {
        var buffer = new byte[2048];
        var any = new IPEndPoint(IPAddress.Any, 0);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var received = await socket.ReceiveFromAsync(buffer, any, _stop.Token);
                learn((IPEndPoint)received.RemoteEndPoint);
                var datagram = buffer.AsMemory(0, received.ReceivedBytes);
                var (copies, lateness) = Decide();
                for (var i = 0; i < copies; i++)
                {
                    if (_faults.Delay == TimeSpan.Zero)
                    {
                        await send(datagram);
                    }
                    else
                    {
                        line.Add(datagram.Span, _faults.Delay + lateness);
                    }
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

    /// <summary>Sends on what has been under way long enough.</summary>
    private async Task ReleaseAsync(DelayLine line, Func<ReadOnlyMemory<byte>, ValueTask> send)
    {
        using var timer = new PeriodicTimer(Tick);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                while (line.TryTake(out var datagram))
                {
                    await TrySendAsync(send, datagram);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private static async Task TrySendAsync(Func<ReadOnlyMemory<byte>, ValueTask> send, byte[] datagram)
    {
        try
        {
            await send(datagram);
        }
        catch (SocketException)
        {
            // As in ReceiveAsync.
        }
    }

    private async ValueTask SendAsync(Socket socket, ReadOnlyMemory<byte> datagram, IPEndPoint? to)
    {
        if (to is not null)
        {
            await socket.SendToAsync(datagram, to, _stop.Token);
        }
    }

    /// <summary>How often the next datagram arrives, and how late.</summary>
    private (int Copies, TimeSpan Lateness) Decide()
    {
        lock (_random)
        {
            if (_random.Chance(_faults.Loss))
            {
                Lost++;
                return (0, TimeSpan.Zero);
            }

            var (isLate, isTwice) = (_random.Chance(_faults.LateShare), _random.Chance(_faults.DuplicateShare));
            Disordered += isLate || isTwice ? 1 : 0;
            return (isTwice ? 2 : 1, isLate ? _faults.Lateness : TimeSpan.Zero);
        }
    }

    [GeneratedRegex(@"^(?<before>a=candidate:\S+ 1 udp \d+ )(?<address>\d+\.\d+\.\d+\.\d+) (?<port>\d+) typ host", RegexOptions.IgnoreCase)]
    private static partial Regex Candidate();
}
