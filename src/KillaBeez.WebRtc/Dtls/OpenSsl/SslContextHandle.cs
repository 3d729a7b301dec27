using Microsoft.Win32.SafeHandles;

namespace KillaBeez.WebRtc.Dtls.OpenSsl;

/// <summary>Owns one reference to an SSL_CTX. Every SSL made of it holds a reference of its own.</summary>
internal sealed class SslContextHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public SslContextHandle()
        : base(ownsHandle: true)
    {
    }

    protected override bool ReleaseHandle()
    {
        NativeMethods.SSL_CTX_free(handle);
        return true;
    }
}
