using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KillaBeez.WebRtc.Dtls.OpenSsl;

/// <summary>
/// Owns an SSL, its BIO (which SSL_free frees) and the native memory between the BIO's callbacks and the engine.
/// </summary>
internal sealed unsafe class SslHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>An empty handle; use <see cref="Create"/>.</summary>
    public SslHandle()
        : base(ownsHandle: true)
    {
    }

    /// <summary>Where the BIO reads from and writes to. Valid as long as the handle is open.</summary>
    public DatagramBioState* State { get; private set; }

    public nint Pointer => handle;

    /// <summary>Makes an SSL over a datagram BIO.</summary>
    /// <exception cref="KillaBeezException">OpenSSL is out of memory.</exception>
    public static SslHandle Create(SslContextHandle context)
    {
        var created = new SslHandle();
        var ssl = NativeMethods.SSL_new(context);
        var bio = ssl == 0 ? 0 : NativeMethods.BIO_new(DatagramBio.Method);
        if (bio == 0)
        {
            NativeMethods.SSL_free(ssl);
            throw new KillaBeezException(KillaBeezError.LimitExceeded, "OpenSSL could not allocate a DTLS association.");
        }

        created.State = (DatagramBioState*)NativeMemory.AllocZeroed((nuint)sizeof(DatagramBioState));
        NativeMethods.BIO_set_data(bio, created.State);
        NativeMethods.BIO_set_init(bio, 1);

        // One reference serves both directions where they are the same BIO (SSL_set_bio(3)).
        NativeMethods.SSL_set_bio(ssl, bio, bio);
        created.SetHandle(ssl);
        return created;
    }

    protected override bool ReleaseHandle()
    {
        NativeMethods.SSL_free(handle);
        DatagramBioState.Free(State);
        State = null;
        return true;
    }
}
