namespace KillaBeez.WebRtc.Io;

/// <summary>
/// Where the IO thread sleeps: until a socket is readable, the one blocked socket is writable, a deadline has come
/// or another thread has called <see cref="Wake"/>. No wake-up is lost: see <see cref="Wait"/>.
/// </summary>
internal abstract class IoPoller : IDisposable
{
    private const int Awake = 0;
    private const int Sleeping = 1;
    private const int Signalled = 2;

    private int _state;

    /// <param name="isPortable">Whether to use what works everywhere, even where there is better.</param>
    public static IoPoller Create(bool isPortable = false) =>
        LinuxDatagramSocket.IsSupported && !isPortable ? new LinuxPoller() : new SelectPoller();

    /// <summary>
    /// Makes the present or next <see cref="Wait"/> return. Callable from any thread; a system call only where the
    /// IO thread really sleeps.
    /// </summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _state, Signalled) == Sleeping)
        {
            try
            {
                Interrupt();
            }
            catch (ObjectDisposedException)
            {
                // The thread woke by itself and has ended meanwhile.
            }
        }
    }

    /// <summary>
    /// Sleeps and marks the readable sockets. Work must be queued before <see cref="Wake"/> and looked for after
    /// this returns: whoever queues between that look and the next sleep leaves the state signalled, and the sleep
    /// is skipped.
    /// </summary>
    /// <param name="sockets">The sockets to watch for reading.</param>
    /// <param name="blocked">The socket to watch for writing too, or null.</param>
    /// <param name="timeout">Null waits without limit.</param>
    public void Wait(IReadOnlyList<DatagramSocket> sockets, DatagramSocket? blocked, TimeSpan? timeout)
    {
        if (Interlocked.CompareExchange(ref _state, Sleeping, Awake) != Awake || timeout < TimeSpan.Zero)
        {
            timeout = TimeSpan.Zero;
        }

        Poll(sockets, blocked, timeout);
        Interlocked.Exchange(ref _state, Awake);
    }

    public abstract void Dispose();

    protected abstract void Poll(IReadOnlyList<DatagramSocket> sockets, DatagramSocket? blocked, TimeSpan? timeout);

    /// <summary>Makes a running <see cref="Poll"/> return; once more than needed is harmless.</summary>
    protected abstract void Interrupt();
}
