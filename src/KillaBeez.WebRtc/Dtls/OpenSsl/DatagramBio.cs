using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KillaBeez.WebRtc.Dtls.OpenSsl;

/// <summary>
/// A BIO that keeps datagram boundaries: one write is one datagram, one read is one datagram. OpenSSL's memory BIO
/// merges what is written to it, and its datagram memory BIO does not exist before 3.2.
/// </summary>
internal static unsafe class DatagramBio
{
    private static readonly Lazy<nint> LazyMethod = new(CreateMethod);

    /// <summary>The BIO_METHOD, made once per process and never freed: BIOs refer to it as long as they live.</summary>
    public static nint Method => LazyMethod.Value;

    private static nint CreateMethod()
    {
        nint method;
        fixed (byte* name = "killabeez datagram\0"u8)
        {
            // The name must outlive the method; a u8 literal is static data of the image.
            method = NativeMethods.BIO_meth_new(NativeMethods.BIO_get_new_index() | NativeMethods.BioTypeSourceSink, name);
        }

        if (method == 0
            || NativeMethods.BIO_meth_set_write(method, &Write) != 1
            || NativeMethods.BIO_meth_set_read(method, &Read) != 1
            || NativeMethods.BIO_meth_set_ctrl(method, &Control) != 1)
        {
            throw new KillaBeezException(KillaBeezError.LimitExceeded, "OpenSSL could not allocate a BIO method.");
        }

        return method;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(nint bio, byte* data, int length)
    {
        // A datagram that nobody has room for counts as sent and lost, exactly as on a network.
        _ = ((DatagramBioState*)NativeMethods.BIO_get_data(bio))->TryAccept(data, length);
        return length;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(nint bio, byte* buffer, int length)
    {
        const int retry = NativeMethods.BioFlagsRead | NativeMethods.BioFlagsShouldRetry;
        var state = (DatagramBioState*)NativeMethods.BIO_get_data(bio);
        if (state->Incoming is null)
        {
            NativeMethods.BIO_set_flags(bio, retry);
            state->RetryFlagged = 1;
            return -1;
        }

        if (state->RetryFlagged != 0)
        {
            NativeMethods.BIO_clear_flags(bio, retry);
            state->RetryFlagged = 0;
        }

        var read = Math.Min(length, state->IncomingBytes);
        new ReadOnlySpan<byte>(state->Incoming, read).CopyTo(new Span<byte>(buffer, length));
        state->Incoming = null;
        return read;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CLong Control(nint bio, int command, CLong larg, nint parg) =>

        // Flushing always succeeds; every question about the path's MTU is answered with 0, "not known".
        new(command == NativeMethods.BioCtrlFlush ? 1 : 0);
}
