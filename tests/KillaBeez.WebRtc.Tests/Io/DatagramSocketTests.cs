using System.Net;
using KillaBeez.Tests;
using KillaBeez.WebRtc.Io;

namespace KillaBeez.WebRtc.Tests.Io;

public sealed class DatagramSocketTests
{
    public static TheoryData<bool, bool> Kinds()
    {
        var kinds = new TheoryData<bool, bool> { { true, false }, { true, true } };
        if (LinuxDatagramSocket.IsSupported)
        {
            kinds.Add(false, false);
            kinds.Add(false, true);
        }

        return kinds;
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public void Send_OneDatagram_ArrivesWithItsAddress(bool isManaged, bool isIPv6)
    {
        using var sender = Bind(isManaged, isIPv6);
        using var receiver = Bind(isManaged, isIPv6);

        Assert.Equal(SendOutcome.Sent, sender.Send([1, 2, 3], 3, receiver.LocalAddress));

        var buffer = new byte[IoLimits.ReceiveBufferBytes];
        var received = ReceiveOne(receiver, buffer, out var segment, out var from);
        Assert.Equal([1, 2, 3], buffer[..received]);
        Assert.Equal(3, segment);
        Assert.Equal(sender.LocalAddress, from);
        Assert.False(receiver.TryReceive(buffer, out _, out _, out _));
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public void Receive_EmptyDatagram_IsTakenOnce(bool isManaged, bool isIPv6)
    {
        using var sender = Bind(isManaged, isIPv6);
        using var receiver = Bind(isManaged, isIPv6);
        sender.Send([], 1, receiver.LocalAddress);

        var buffer = new byte[IoLimits.ReceiveBufferBytes];
        Assert.Equal(0, ReceiveOne(receiver, buffer, out var segment, out _));
        Assert.InRange(segment, 1, int.MaxValue);
    }

    [SkippableFact]
    public void Send_Segments_ArriveAsDatagrams()
    {
        Skip.IfNot(LinuxDatagramSocket.IsSupported, "segmentation offload is Linux's");
        using var sender = Bind(isManaged: false, isIPv6: false);
        using var receiver = Bind(isManaged: false, isIPv6: false);
        var bytes = new byte[(10 * 1200) + 7];
        new SeededRandomSource(1).Fill(bytes);

        Assert.Equal(SendOutcome.Sent, sender.Send(bytes, 1200, receiver.LocalAddress));

        var buffer = new byte[IoLimits.ReceiveBufferBytes];
        var arrived = new List<byte>();
        var datagrams = 0;
        while (arrived.Count < bytes.Length)
        {
            var received = ReceiveOne(receiver, buffer, out var segment, out _);
            Assert.InRange(segment, 1, 1200);
            datagrams += (received + segment - 1) / segment;
            arrived.AddRange(buffer[..received]);
        }

        Assert.Equal(bytes, arrived);
        Assert.Equal(11, datagrams);
    }

    [Fact]
    public void Send_LargerThanAnyDatagram_IsDropped()
    {
        using var sender = Bind(isManaged: false, isIPv6: false);

        Assert.Equal(SendOutcome.Dropped, sender.Send(new byte[65_600], 65_600, TransportAddress.From(IPAddress.Loopback, 9)));
    }

    private static DatagramSocket Bind(bool isManaged, bool isIPv6)
    {
        var address = isIPv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;
        Skip.If(isIPv6 && !System.Net.Sockets.Socket.OSSupportsIPv6, "no IPv6 here");
        return DatagramSocket.Bind(address, 0, isManaged);
    }

    private static int ReceiveOne(DatagramSocket socket, byte[] buffer, out int segment, out TransportAddress from)
    {
        using var poller = IoPoller.Create(socket is ManagedDatagramSocket);
        var received = 0;
        var size = 0;
        var sender = default(TransportAddress);
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                poller.Wait([socket], null, TimeSpan.FromSeconds(1));
                return socket.IsReadable && socket.TryReceive(buffer, out received, out size, out sender);
            },
            Patience.Bound));
        (segment, from) = (size, sender);
        return received;
    }
}
