using System.Diagnostics;
using System.Text;
using KillaBeez.Tests;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.WebRtc.Tests.PeerConnections;

/// <summary>
/// The other process of a test: answers the offer on its standard input, sends every message back, and ends when
/// the connection does.
/// </summary>
internal static class AgentProgram
{
    public const string Verb = "rtc-agent";

    public static async Task<int> Main(string[] args)
    {
        if (args is not [Verb, var port])
        {
            await Console.Error.WriteLineAsync("This assembly holds tests: run them with dotnet test.");
            return 2;
        }

        await using var endpoint = RtcPair.StartEndpoint("agent", port: int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
        await using var connection = endpoint.CreatePeerConnection();
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionStateChanged += (_, _) =>
        {
            if (connection.ConnectionState is PeerConnectionState.Closed or PeerConnectionState.Failed)
            {
                over.TrySetResult();
            }
        };
        connection.DataChannelOpened += (_, channel) => new Echo(channel).Start();
        await connection.SetRemoteDescriptionAsync(new SessionDescription(SdpType.Offer, Decode(await Console.In.ReadLineAsync())));
        var answer = await connection.CreateAnswerAsync();
        await connection.SetLocalDescriptionAsync(answer);
        await Console.Out.WriteLineAsync(Encode(answer.Sdp));
        await over.Task.WaitAsync(Patience.Bound);
        return connection.CloseReason == PeerConnectionCloseReason.Remote ? 0 : 1;
    }

    public static string Encode(string sdp) => Convert.ToBase64String(Encoding.UTF8.GetBytes(sdp));

    public static string Decode(string? line) => Encoding.UTF8.GetString(Convert.FromBase64String(line ?? string.Empty));

    /// <summary>Starts this assembly as an agent; on port 0 the system chooses.</summary>
    public static Process Launch(int port = 0)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, [typeof(AgentProgram).Assembly.Location, Verb, port.ToString(System.Globalization.CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }

    /// <summary>Sends back what comes; what does not fit waits, in order.</summary>
    private sealed class Echo(DataChannel channel) : IDataChannelSink
    {
        private readonly Queue<ReceivedMessage> _waiting = new();

        public void Start() => channel.SetSink(this);

        public void OnMessages(ReadOnlySpan<ReceivedMessage> batch)
        {
            foreach (var message in batch)
            {
                _waiting.Enqueue(message);
            }

            OnWritable();
        }

        public void OnOpened()
        {
        }

        public void OnWritable()
        {
            while (_waiting.TryPeek(out var message) && channel.TrySend(message.Payload.Span, message.IsText))
            {
                _waiting.Dequeue();
                channel.ReleaseReceived(message.Payload.Length);
                message.Payload.Dispose();
            }
        }

        public void OnClosed(PeerConnectionCloseReason reason)
        {
            while (_waiting.TryDequeue(out var message))
            {
                message.Payload.Dispose();
            }
        }
    }
}
