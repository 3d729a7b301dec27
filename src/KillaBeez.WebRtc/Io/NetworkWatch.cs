using System.Net.NetworkInformation;

namespace KillaBeez.WebRtc.Io;

/// <summary>Has the endpoint's sockets follow the machine's addresses as interfaces come and go.</summary>
internal sealed class NetworkWatch(IoLoop loop, bool allowLoopback) : IoTask, IDisposable
{
    private Instant _updateAt = Instant.Never;

    public override Instant NextTimeout => _updateAt;

    public void Start() => NetworkChange.NetworkAddressChanged += OnChanged;

    public override void HandleTimeout(Instant now)
    {
        _updateAt = Instant.Never;
        try
        {
            loop.Sockets.Update(now, LocalAddresses.Enumerate(allowLoopback));
        }
        catch (NetworkInformationException)
        {
            // The list changed while it was read: look again.
            _updateAt = now.AddMs(IoLimits.NetworkChangeDelayMs);
        }
    }

    public void Dispose() => NetworkChange.NetworkAddressChanged -= OnChanged;

    /// <summary>On a thread of the system. Changes come in groups: an address goes, another comes, routes follow.</summary>
    private void OnChanged(object? sender, EventArgs e) => loop.Post(now =>
    {
        if (_updateAt == Instant.Never)
        {
            _updateAt = now.AddMs(IoLimits.NetworkChangeDelayMs);
            loop.Schedule(this);
        }
    });
}
