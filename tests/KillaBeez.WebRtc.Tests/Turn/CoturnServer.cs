using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using KillaBeez.Tests;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Tests.Turn;

/// <summary>coturn on loopback: UDP and TCP on one port. Whoever starts one disposes it.</summary>
internal sealed class CoturnServer : IDisposable
{
    public const string User = "bee";
    public const string Password = "honey and smoke";

    private const string Executable = "/usr/bin/turnserver";

    private readonly Process _process;
    private readonly DirectoryInfo _folder;
    private readonly StringBuilder _log = new();

    private CoturnServer(Process process, DirectoryInfo folder, TransportAddress address)
    {
        _process = process;
        _folder = folder;
        Address = address;
        _process.OutputDataReceived += OnLine;
        _process.ErrorDataReceived += OnLine;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The UDP address; the TCP one has the same port.</summary>
    public TransportAddress Address { get; }

    /// <summary>Starts it and waits until it answers; the test is skipped where coturn is not installed.</summary>
    public static CoturnServer Start(IPAddress ip, params string[] arguments)
    {
        Skip.IfNot(File.Exists(Executable), "coturn is not installed (apt-get install coturn)");
        var folder = Directory.CreateTempSubdirectory("killabeez-coturn-");
        var port = FindPort(ip);
        var start = new ProcessStartInfo(Executable)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder.FullName,
        };
        string[] always =
        [
            "-n", "-L", $"{ip}", "-E", $"{ip}", "-p", $"{port}", "-a", "-u", $"{User}:{Password}", "-r", "hive.example",
            "-m", "1", "--no-cli", "--no-tls", "--no-dtls", "--no-rfc5780", "--allow-loopback-peers", "--log-file", "stdout", "--simple-log",
            "--pidfile", Path.Combine(folder.FullName, "pid"), "--userdb", Path.Combine(folder.FullName, "db"),
        ];
        foreach (var argument in (IEnumerable<string>)[.. always, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        var server = new CoturnServer(Process.Start(start)!, folder, TransportAddress.From(ip, port));
        server.WaitForAnswer();
        return server;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static int FindPort(IPAddress ip)
    {
        using var udp = new Socket(ip.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(ip, 0));
        return ((IPEndPoint)udp.LocalEndPoint!).Port;
    }

    private void OnLine(object sender, DataReceivedEventArgs e)
    {
        lock (_log)
        {
            _log.AppendLine(e.Data);
        }
    }

    private void WaitForAnswer()
    {
        using var socket = new Socket(Address.Address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(Address.ToIPEndPoint());
        var request = new StunWriter(new byte[64], StunMessageType.BindingRequest, new StunTransactionId(1, 2));
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < Patience.Bound && !_process.HasExited)
        {
            try
            {
                _ = socket.Send(request.Written);
                if (socket.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead) && socket.Receive(new byte[2048]) > 0)
                {
                    return;
                }
            }
            catch (SocketException)
            {
                // Refused: it does not listen yet.
            }
        }

        lock (_log)
        {
            throw new InvalidOperationException($"coturn does not answer on {Address}:\n{_log}");
        }
    }
}
