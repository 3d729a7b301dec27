using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace KillaBeez.WebRtc.Io;

/// <summary>
/// recvmsg and sendmsg with the control messages of UDP_GRO and UDP_SEGMENT. One call then carries up to 64
/// datagrams, which on loopback is a factor of twenty against one call each.
/// </summary>
internal sealed unsafe class LinuxDatagramSocket : DatagramSocket
{
    private readonly int _descriptor;
    private readonly bool _isIPv6;

    public LinuxDatagramSocket(Socket socket)
        : base(socket)
    {
        _descriptor = (int)socket.Handle;
        _isIPv6 = NativeAddress.IsIPv6(socket);
        CanSegment = true;
        TrySetOption(LibC.SolUdp, LibC.UdpGro, 1);

        // Don't-fragment on every datagram and no cached path MTU: SCTP probes the path itself (RFC 8899).
        if (_isIPv6)
        {
            TrySetOption(LibC.IpProtoIpv6, LibC.Ipv6MtuDiscover, LibC.PmtuDiscProbe);
        }
        else
        {
            TrySetOption(LibC.IpProtoIp, LibC.IpMtuDiscover, LibC.PmtuDiscProbe);
        }
    }

    /// <summary>The structures in <see cref="LibC"/> are those of 64-bit Linux.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess && BitConverter.IsLittleEndian;

    public int Descriptor => _descriptor;

    public override bool TryReceive(Span<byte> buffer, out int received, out int segmentBytes, out TransportAddress from)
    {
        Span<byte> name = stackalloc byte[NativeAddress.IPv6Bytes];
        LibC.ControlMessage control = default;
        fixed (byte* data = buffer)
        fixed (byte* namePointer = name)
        {
            var vector = new LibC.IoVector { Base = data, Length = (nuint)buffer.Length };
            var message = new LibC.MessageHeader
            {
                Name = namePointer,
                NameLength = (uint)name.Length,
                Vectors = &vector,
                VectorCount = 1,
                Control = &control,
                ControlLength = LibC.ControlMessage.TotalBytes,
            };
            nint result;
            do
            {
                result = LibC.ReceiveMessage(_descriptor, &message, LibC.MsgDontWait);
            }
            while (result < 0 && Marshal.GetLastPInvokeError() == LibC.ErrorInterrupted);

            if (result < 0)
            {
                received = segmentBytes = 0;
                from = default;
                return false;
            }

            received = (int)result;
            var joined = message.ControlLength >= LibC.ControlMessage.HeaderBytes + sizeof(int)
                && control.Level == LibC.SolUdp
                && control.Type == LibC.UdpGro
                && control.Value > 0;
            segmentBytes = joined ? control.Value : Math.Max(received, 1);
            from = NativeAddress.Read(name, _isIPv6);
            return true;
        }
    }

    public override SendOutcome Send(ReadOnlySpan<byte> datagrams, int segmentBytes, TransportAddress to)
    {
        Span<byte> name = stackalloc byte[NativeAddress.IPv6Bytes];
        name.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(name, (ushort)(_isIPv6 ? LibC.AddressFamilyInet6 : LibC.AddressFamilyInet));
        NativeAddress.WriteBody(to, name);
        var segmented = datagrams.Length > segmentBytes;
        var control = new LibC.ControlMessage
        {
            Length = LibC.ControlMessage.HeaderBytes + sizeof(ushort),
            Level = LibC.SolUdp,
            Type = LibC.UdpSegment,
            Value = segmentBytes,
        };
        fixed (byte* data = datagrams)
        fixed (byte* namePointer = name)
        {
            var vector = new LibC.IoVector { Base = data, Length = (nuint)datagrams.Length };
            var message = new LibC.MessageHeader
            {
                Name = namePointer,
                NameLength = (uint)NativeAddress.SizeOf(_isIPv6),
                Vectors = &vector,
                VectorCount = 1,
                Control = segmented ? &control : null,
                ControlLength = segmented ? (nuint)LibC.ControlMessage.TotalBytes : 0,
            };
            return Send(&message, segmented);
        }
    }

    private SendOutcome Send(LibC.MessageHeader* message, bool segmented)
    {
        while (LibC.SendMessage(_descriptor, message, LibC.MsgDontWait) < 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case LibC.ErrorInterrupted:
                    continue;
                case LibC.ErrorAgain or LibC.ErrorNoBuffers:
                    return SendOutcome.WouldBlock;
                case LibC.ErrorIo or LibC.ErrorInvalid or LibC.ErrorNotSupported when segmented:
                    // Old kernels, some drivers and tunnels. It would fail again each time, so it is off for good.
                    CanSegment = false;
                    return SendOutcome.SegmentationUnsupported;
                default:
                    return SendOutcome.Dropped;
            }
        }

        return SendOutcome.Sent;
    }

    private void TrySetOption(int level, int option, int value)
    {
        try
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
            Socket.SetRawSocketOption(level, option, bytes);
        }
        catch (SocketException)
        {
            // An older kernel: the socket works without, only slower.
        }
    }
}
