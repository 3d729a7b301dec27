using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace KillaBeez.NatLab.Namespaces;

/// <summary>
/// A network of its own: interfaces, routes, packet filter, address translation. Disposing it ends what runs inside and
/// removes it, with its interfaces and their other ends.
/// </summary>
internal sealed partial class NetworkNamespace : IAsyncDisposable
{
    private const int CloneNewNet = 0x40000000;

    private NetworkNamespace(string name) => Name = name;

    public string Name { get; }

    /// <summary>Makes an empty one, in which even loopback is down.</summary>
    /// <param name="role">A letter or two for whoever reads a list of namespaces.</param>
    public static async Task<NetworkNamespace> CreateAsync(string role)
    {
        await NamespaceJanitor.EnsureAsync();
        var created = new NetworkNamespace(NamespaceNames.Next(role));
        await LabCommand.RunAsync("ip", ["netns", "add", created.Name]);
        return created;
    }

    /// <summary>Runs lines of the ip program inside.</summary>
    public Task IpAsync(string lines) => LabCommand.RunAsync("ip", ["-n", Name, "-batch", "-"], lines);

    /// <summary>Loads rules of nftables inside.</summary>
    public Task NftAsync(string rules) => RunAsync("nft", ["-f", "-"], rules);

    /// <summary>Sets kernel parameters below net/.</summary>
    public Task SetAsync(params IEnumerable<(string Name, string Value)> parameters) =>
        RunAsync("sh", ["-e"], string.Concat(parameters.Select(p => $"echo {p.Value} >/proc/sys/net/{p.Name}\n")));

    /// <summary>Runs a program inside and returns what it printed.</summary>
    public Task<string> RunAsync(string program, IEnumerable<string> arguments, string input = "") =>
        LabCommand.RunAsync("ip", ["netns", "exec", Name, program, .. arguments], input);

    /// <summary>How to start a program inside, with all three standard streams piped.</summary>
    public ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments) => new("ip", ["netns", "exec", Name, program, .. arguments])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    /// <summary>A socket of this process that lives inside.</summary>
    public Socket OpenSocket(IPEndPoint local, ProtocolType protocol)
    {
        // The namespace belongs to a thread, and a socket keeps the one it was made in: a thread that is used for
        // nothing else goes there, makes the socket and ends.
        Socket? socket = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var file = File.OpenHandle(Path.Combine(NamespaceNames.Folder, Name));
                if (SetNs((int)file.DangerousGetHandle(), CloneNewNet) != 0)
                {
                    throw new LabException($"setns failed: {Marshal.GetLastPInvokeErrorMessage()}");
                }

                socket = new Socket(local.AddressFamily, protocol == ProtocolType.Tcp ? SocketType.Stream : SocketType.Dgram, protocol);
                socket.Bind(local);
            }
            catch (Exception e) when (e is LabException or SocketException or IOException)
            {
                socket?.Dispose();
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? socket! : throw new LabException($"No socket at {local} in {Name}: {failure.Message}");
    }

    public async ValueTask DisposeAsync() => await NamespaceJanitor.RemoveAsync(Name);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNs(int file, int kind);
}
