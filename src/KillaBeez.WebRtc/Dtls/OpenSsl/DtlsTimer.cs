using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KillaBeez.WebRtc.Dtls.OpenSsl;

/// <summary>OpenSSL's retransmission timer: its duration is ours, its clock is OpenSSL's.</summary>
internal static unsafe class DtlsTimer
{
    /// <summary>The next duration, in microseconds; 0 asks for the first (DTLS_set_timer_cb(3)).</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static uint Next(nint ssl, uint previousUs)
    {
        const uint maxUs = DtlsLimits.MaxRetransmitMs * 1000;
        if (previousUs != 0)
        {
            return Math.Min(previousUs * 2, maxUs);
        }

        return ((DatagramBioState*)NativeMethods.BIO_get_data(NativeMethods.SSL_get_rbio(ssl)))->FirstTimeoutUs;
    }

    /// <summary>The time until the timer expires; false where none runs. Below 15 ms OpenSSL says 0, meaning due.</summary>
    public static bool TryGetRemaining(nint ssl, out TimeSpan remaining)
    {
        // struct timeval: two C longs, but 64 + 32 bits with padding on macOS. Zeroed, so the padding reads as 0.
        Span<byte> timeval = stackalloc byte[16];
        timeval.Clear();
        CLong result;
        fixed (byte* pointer = timeval)
        {
            result = NativeMethods.SSL_ctrl(ssl, NativeMethods.CtrlDtlsGetTimeout, new CLong(0), pointer);
        }

        if (result.Value != 1)
        {
            remaining = default;
            return false;
        }

        var (seconds, microseconds) = sizeof(CLong) == sizeof(long)
            ? (BinaryPrimitives.ReadInt64LittleEndian(timeval), BinaryPrimitives.ReadInt32LittleEndian(timeval[8..]))
            : (BinaryPrimitives.ReadInt32LittleEndian(timeval), BinaryPrimitives.ReadInt32LittleEndian(timeval[4..]));
        remaining = TimeSpan.FromSeconds(seconds) + TimeSpan.FromMicroseconds(microseconds);
        return true;
    }
}
