using System.Runtime.InteropServices;

namespace KillaBeez.WebRtc.Dtls.OpenSsl;

/// <summary>
/// OpenSSL's error queue. It belongs to the thread, so it is read right after the failing call and cleared before
/// the next one: an old entry would turn a harmless result into a fatal one in SSL_get_error.
/// </summary>
internal static unsafe class OpenSslErrors
{
    private const int TextBytes = 256;

    /// <summary>Empties the queue; looking first is the cheaper way, because it nearly always is empty.</summary>
    public static void Clear()
    {
        if (NativeMethods.ERR_peek_last_error().Value != 0)
        {
            NativeMethods.ERR_clear_error();
        }
    }

    /// <summary>The oldest entry as text, which is the cause; the rest are its consequences. Empties the queue.</summary>
    public static string? Take()
    {
        var first = NativeMethods.ERR_get_error();
        if (first.Value == 0)
        {
            return null;
        }

        var text = stackalloc byte[TextBytes];
        NativeMethods.ERR_error_string_n(first, text, TextBytes);
        NativeMethods.ERR_clear_error();
        return Marshal.PtrToStringUTF8((nint)text);
    }
}
