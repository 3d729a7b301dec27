using System.Runtime.InteropServices;

namespace KillaBeez.WebRtc.Io;

/// <summary>ppoll, for its nanosecond timeout (SCTP paces below a millisecond), and an eventfd to interrupt it.</summary>
internal sealed unsafe class LinuxPoller : IoPoller
{
    private readonly int _eventDescriptor;
    private LibC.PollDescriptor[] _descriptors = new LibC.PollDescriptor[8];

    public LinuxPoller()
    {
        _eventDescriptor = LibC.EventFd(0, LibC.EventFdNonBlocking | LibC.EventFdCloseOnExec);
        if (_eventDescriptor < 0)
        {
            throw new KillaBeezException(
                KillaBeezError.LimitExceeded, $"No event descriptor could be opened (errno {Marshal.GetLastPInvokeError()}): too many open files.");
        }
    }

    public override void Dispose() => _ = LibC.Close(_eventDescriptor);

    protected override void Poll(IReadOnlyList<DatagramSocket> sockets, DatagramSocket? blocked, TimeSpan? timeout)
    {
        if (_descriptors.Length < sockets.Count + 1)
        {
            _descriptors = new LibC.PollDescriptor[(sockets.Count + 1) * 2];
        }

        _descriptors[0] = new LibC.PollDescriptor { Descriptor = _eventDescriptor, Events = LibC.PollIn };
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
            _ = LibC.Read(_eventDescriptor, &count, sizeof(ulong));
        }
    }

    protected override void Interrupt()
    {
        ulong one = 1;
        _ = LibC.Write(_eventDescriptor, &one, sizeof(ulong));
    }
}
