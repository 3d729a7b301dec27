using System.Net;
using System.Net.NetworkInformation;

namespace KillaBeez.WebRtc.Io;

/// <summary>
/// Has the endpoint's sockets follow the machine's addresses as interfaces come and go. The system's word is taken
/// where it comes; beside it the list is read from time to time, because on Linux .NET hears nothing of IPv6 addresses.
/// </summary>
internal sealed class NetworkWatch(IoLoop loop, bool allowLoopback) : IoTask, IDisposable
{
    private Instant _lookAt = Instant.Never;

    public override Instant NextTimeout => _lookAt;

    public void Start()
    {
        NetworkChange.NetworkAddressChanged += OnChanged;
        loop.Post(now => LookBy(now.AddMs(IoLimits.NetworkLookIntervalMs)));
    }

    public override void HandleTimeout(Instant now)
    {
        _lookAt = now.AddMs(IoLimits.NetworkLookIntervalMs);

        // Reading the list takes a millisecond or more, which the datagrams need not wait for.
        ThreadPool.UnsafeQueueUserWorkItem(static watch => watch.Look(), this, preferLocal: false);
    }

    public void Dispose() => NetworkChange.NetworkAddressChanged -= OnChanged;

    /// <summary>On a thread of the system. Changes come in groups: an address goes, another comes, routes follow.</summary>
    private void OnChanged(object? sender, EventArgs e) => LookSoon();

    private void Look()
    {
        List<IPAddress> present;
        try
        {
            present = LocalAddresses.Enumerate(allowLoopback);
        }
        catch (NetworkInformationException)
        {
            // The list changed while it was read: look again.
            LookSoon();
            return;
        }

        loop.Post(now => loop.Sockets.Update(now, present));
    }

    private void LookSoon() => loop.Post(now => LookBy(now.AddMs(IoLimits.NetworkChangeDelayMs)));

    private void LookBy(Instant at)
    {
        if (at < _lookAt)
        {
            _lookAt = at;
            loop.Schedule(this);
        }
    }
}
