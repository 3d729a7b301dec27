using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KillaBeez.WebRtc.Io;

/// <summary>The few Linux calls that the BCL's sockets do not offer, for 64-bit Linux.</summary>
internal static unsafe partial class LibC
{
    public const int MsgDontWait = 0x40;
    public const int MsgTrunc = 0x20;
    public const short PollIn = 0x001;
    public const short PollOut = 0x004;
    public const int EventFdNonBlocking = 0x800;
    public const int EventFdCloseOnExec = 0x80000;

    public const int AddressFamilyInet = 2;
    public const int AddressFamilyInet6 = 10;
    public const int IpProtoIp = 0;
    public const int IpProtoIpv6 = 41;
    public const int SolUdp = 17;
    public const int IpMtuDiscover = 10;
    public const int Ipv6MtuDiscover = 23;
    public const int PmtuDiscProbe = 3;
    public const int UdpSegment = 103;
    public const int UdpGro = 104;

    public const int ErrorInterrupted = 4;
    public const int ErrorIo = 5;
    public const int ErrorAgain = 11;
    public const int ErrorInvalid = 22;
    public const int ErrorNotSupported = 95;
    public const int ErrorNoBuffers = 105;

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint ReceiveMessage(int socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint SendMessage(int socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, TimeSpec* timeout, void* signalMask);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial SafeFileHandle EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle descriptor, void* buffer, nuint count);

    /// <summary>struct iovec.</summary>
    public struct IoVector
    {
        public void* Base;
        public nuint Length;
    }

    /// <summary>struct msghdr, 56 bytes with glibc and musl alike.</summary>
    public struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>struct cmsghdr followed by up to 8 bytes of data: CMSG_SPACE of an int or a 16-bit number.</summary>
    public struct ControlMessage
    {
        public const int HeaderBytes = 16;
        public const int TotalBytes = 24;

        public nuint Length;
        public int Level;
        public int Type;
        public int Value;
        public int Padding;
    }

    /// <summary>struct pollfd.</summary>
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary>struct timespec.</summary>
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
