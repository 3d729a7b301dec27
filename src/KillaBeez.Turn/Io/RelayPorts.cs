using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using KillaBeez.WebRtc.Io;

namespace KillaBeez.Turn.Io;

/// <summary>
/// Binds relay sockets to ports of a range. Which one is left to chance, so that nobody can guess the next client's
/// port and send to it first.
/// </summary>
internal sealed class RelayPorts(TurnServerOptions options, IRandomSource random)
{
    private readonly BitArray _usedIPv4 = new(options.MaxRelayPort - options.MinRelayPort + 1);
    private readonly BitArray _usedIPv6 = new(options.MaxRelayPort - options.MinRelayPort + 1);

    public bool TryOpen(bool isIPv6, bool isEvenPort, [NotNullWhen(true)] out DatagramSocket? socket)
    {
        socket = null;
        var address = options.RelayAddresses.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetworkV6 == isIPv6);
        if (address is null)
        {
            return false;
        }

        var used = isIPv6 ? _usedIPv6 : _usedIPv4;
        var first = random.NextInt32(0, used.Count);
        var attempts = 0;
        for (var i = 0; i < used.Count && attempts < TurnServerLimits.MaxPortAttempts; i++)
        {
            var slot = (first + i) % used.Count;
            var port = options.MinRelayPort + slot;
            if (used[slot] || (isEvenPort && port % 2 == 1))
            {
                continue;
            }

            attempts++;
            if (TryBind(address, port, out socket))
            {
                used[slot] = true;
                return true;
            }
        }

        return false;
    }

    public void Close(DatagramSocket socket)
    {
        (socket.LocalAddress.IsIPv6 ? _usedIPv6 : _usedIPv4)[socket.LocalAddress.Port - options.MinRelayPort] = false;
        socket.Dispose();
    }

    private static bool TryBind(IPAddress address, int port, [NotNullWhen(true)] out DatagramSocket? socket)
    {
        try
        {
            socket = DatagramSocket.Bind(address, port);
            socket.Socket.ReceiveBufferSize = TurnServerLimits.RelaySocketBufferBytes;
            socket.Socket.SendBufferSize = TurnServerLimits.RelaySocketBufferBytes;
            return true;
        }
        catch (SocketException)
        {
            // Another program has the port, or there are no more descriptors: the next one, and in the end a refusal.
            socket = null;
            return false;
        }
    }
}
