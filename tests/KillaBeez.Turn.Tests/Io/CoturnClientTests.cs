using System.Diagnostics;
using System.Text.RegularExpressions;
using KillaBeez.Tests;

namespace KillaBeez.Turn.Tests.Io;

/// <summary>
/// coturn's client against our server. It sends by indications: the channel numbers it draws are those of RFC 5766, of
/// which RFC 8656 has left a quarter.
/// </summary>
public sealed partial class CoturnClientTests
{
    private const string Executable = "/usr/bin/turnutils_uclient";
    private const string Secret = "a secret that both know";

    [SkippableTheory]
    [InlineData("udp", "-g")]
    [InlineData("tcp", "-t")]
    [InlineData("tls", "-t", "-S")]
    public async Task Uclient_TwoClients_LoseNothing(string transport, params string[] flags)
    {
        Skip.IfNot(File.Exists(Executable), "coturn is not installed (apt-get install coturn)");
        await using var server = await TestServer.StartAsync(o => TestServer.WithTls(o with { Secrets = [Secret] }));

        var output = await RunAsync(server, transport, [.. flags, "-u", TestServer.User, "-w", TestServer.Password]);

        AssertNothingLost(output, server);
    }

    [SkippableFact]
    public async Task Uclient_WithTheSecret_IsKnownByItsTimeLimitedCredentials()
    {
        Skip.IfNot(File.Exists(Executable), "coturn is not installed (apt-get install coturn)");
        await using var server = await TestServer.StartAsync(o => o with { Secrets = [Secret] });

        AssertNothingLost(await RunAsync(server, "udp", ["-u", "carol", "-W", Secret]), server);
    }

    private static void AssertNothingLost(string output, TurnServer server)
    {
        var totals = Totals().Match(output);
        Assert.True(totals.Success, output);
        Assert.Equal(totals.Groups["sent"].Value, totals.Groups["received"].Value);
        Assert.True(server.GetStatistics().DatagramsToPeers > 0);
    }

    /// <summary>Two clients send ten messages each to the other, by Send indications.</summary>
    private static async Task<string> RunAsync(TurnServer server, string transport, string[] arguments)
    {
        var endPoint = transport switch
        {
            "udp" => server.UdpEndPoints[0],
            "tcp" => server.TcpEndPoints[0],
            _ => server.TlsEndPoints[0],
        };
        var start = new ProcessStartInfo(Executable) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (IEnumerable<string>)["-s", "-y", "-c", "-n", "10", "-m", "2", "-z", "5", "-p", $"{endPoint.Port}", .. arguments, $"{endPoint.Address}"])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        using var bound = new CancellationTokenSource(Patience.Bound);
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(bound.Token), process.StandardError.ReadToEndAsync(bound.Token));
            await process.WaitForExitAsync(bound.Token);
            return await output + await error;
        }
        finally
        {
            process.Kill();
        }
    }

    [GeneratedRegex(@"start_mclient: tot_send_msgs=(?<sent>\d+), tot_recv_msgs=(?<received>\d+)")]
    private static partial Regex Totals();
}
