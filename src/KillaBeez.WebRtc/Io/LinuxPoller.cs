using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KillaBeez.WebRtc.Io;

/// <summary>ppoll, for its nanosecond timeout (SCTP paces below a millisecond), and an eventfd to interrupt it.</summary>
internal sealed unsafe class LinuxPoller : IoPoller
{
    private readonly SafeFileHandle _event;
    private LibC.PollDescriptor[] _descriptors = new LibC.PollDescriptor[8];

    public LinuxPoller()
    {
        _event = LibC.EventFd(0, LibC.EventFdNonBlocking | LibC.EventFdCloseOnExec);
        if (_event.IsInvalid)
        {
            throw new KillaBeezException(
                KillaBeezError.LimitExceeded, $"No event descriptor could be opened (errno {Marshal.GetLastPInvokeError()}): too many open files.");
        }
    }

    public override void Dispose() => _event.Dispose();

    protected override void Poll(IReadOnlyList<DatagramSocket> sockets, DatagramSocket? blocked, TimeSpan? timeout)
    {
        if (_descriptors.Length < sockets.Count + 1)
        {
            _descriptors = new LibC.PollDescriptor[(sockets.Count + 1) * 2];
        }

        _descriptors[0] = new LibC.PollDescriptor { Descriptor = (int)_event.DangerousGetHandle(), Events = LibC.PollIn };
        for (var i = 0; i < sockets.Count; i++)
        {
            _descriptors[i + 1] = new LibC.PollDescriptor
            {
                Descriptor = ((LinuxDatagramSocket)sockets[i]).Descriptor,
                Events = (short)(sockets[i] == blocked ? LibC.PollIn | LibC.PollOut : LibC.PollIn),
            };
        }

        int ready;
        fixed (LibC.PollDescriptor* descriptors = _descriptors)
        {
            LibC.TimeSpec limit = default;
            if (timeout is { } span)
            {
                limit.Seconds = span.Ticks / TimeSpan.TicksPerSecond;
                limit.Nanoseconds = span.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick;
            }

            ready = LibC.Poll(descriptors, (nuint)sockets.Count + 1, timeout is null ? null : &limit, null);
        }

        for (var i = 0; i < sockets.Count; i++)
        {
            // Errors and hang-ups make a socket "readable" too: the receive then clears them.
            sockets[i].IsReadable = ready > 0 && (_descriptors[i + 1].Returned & ~LibC.PollOut) != 0;
        }

        if (ready > 0 && _descriptors[0].Returned != 0)
        {
            ulong count;
            _ = LibC.Read(_event, &count, sizeof(ulong));
        }
    }

    protected override void Interrupt()
    {
        ulong one = 1;
        _ = LibC.Write(_event, &one, sizeof(ulong));
    }
}
