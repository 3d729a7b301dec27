using System.Runtime.InteropServices;

namespace KillaBeez.WebRtc.Dtls.OpenSsl;

/// <summary>
/// The functions and constants of OpenSSL 3 that the DTLS engine uses, under their own names. What the headers
/// define as macros over SSL_ctrl is spelled out by its command number. Objects that live long are owned by
/// SafeHandles; the calls on the data path take the bare pointer, which the owning engine keeps alive.
/// </summary>
internal static unsafe partial class NativeMethods
{
    public const ulong InitNoAtExit = 0x0008_0000;

    public const int Dtls12Version = 0xFEFD;
    public const int EvpPkeyEc = 408;

    public const ulong OpNoExtendedMasterSecret = 1UL << 0;
    public const ulong OpNoQueryMtu = 1UL << 12;
    public const ulong OpNoTicket = 1UL << 14;
    public const ulong OpNoCompression = 1UL << 17;
    public const ulong OpNoRenegotiation = 1UL << 30;

    public const int VerifyPeer = 0x01;
    public const int VerifyFailIfNoPeerCert = 0x02;

    public const int CtrlSetMtu = 17;
    public const int CtrlSetReadAhead = 41;
    public const int CtrlSetSessCacheMode = 44;
    public const int CtrlDtlsGetTimeout = 73;
    public const int CtrlDtlsHandleTimeout = 74;
    public const int CtrlSetGroupsList = 92;
    public const int CtrlSetSigalgsList = 98;
    public const int CtrlSetClientSigalgsList = 102;
    public const int CtrlGetExtmsSupport = 122;
    public const int CtrlSetMinProtoVersion = 123;
    public const int CtrlSetMaxProtoVersion = 124;

    public const int ErrorSsl = 1;
    public const int ErrorWantRead = 2;
    public const int ErrorWantWrite = 3;
    public const int ErrorSyscall = 5;
    public const int ErrorZeroReturn = 6;

    public const int BioTypeSourceSink = 0x0400;
    public const int BioCtrlFlush = 11;
    public const int BioFlagsRead = 0x01;
    public const int BioFlagsShouldRetry = 0x08;

    public const int ShutdownReceived = 2;

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial int OPENSSL_init_ssl(ulong options, nint settings);

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial CULong OpenSSL_version_num();

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial nint DTLS_method();

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial SslContextHandle SSL_CTX_new(nint method);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial void SSL_CTX_free(nint context);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial CLong SSL_CTX_ctrl(SslContextHandle context, int command, CLong larg, byte* parg);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial ulong SSL_CTX_set_options(SslContextHandle context, ulong options);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial int SSL_CTX_set_cipher_list(SslContextHandle context, byte* list);

    /// <summary>Unlike its siblings it returns 0 where it succeeded.</summary>
    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial int SSL_CTX_set_tlsext_use_srtp(SslContextHandle context, byte* profiles);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial void SSL_CTX_set_verify(SslContextHandle context, int mode, delegate* unmanaged[Cdecl]<int, nint, int> callback);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial void SSL_CTX_set_cert_verify_callback(SslContextHandle context, delegate* unmanaged[Cdecl]<nint, nint, int> callback, nint argument);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial int SSL_CTX_use_certificate_ASN1(SslContextHandle context, int length, byte* der);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial int SSL_CTX_use_PrivateKey_ASN1(int type, SslContextHandle context, byte* der, CLong length);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial int SSL_CTX_check_private_key(SslContextHandle context);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial nint SSL_new(SslContextHandle context);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial void SSL_free(nint ssl);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial void SSL_set_bio(nint ssl, nint read, nint write);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial nint SSL_get_rbio(nint ssl);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial void SSL_set_connect_state(nint ssl);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial void SSL_set_accept_state(nint ssl);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial CLong SSL_ctrl(nint ssl, int command, CLong larg, void* parg);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial void DTLS_set_timer_cb(nint ssl, delegate* unmanaged[Cdecl]<nint, uint, uint> callback);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial int SSL_do_handshake(nint ssl);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial int SSL_read(nint ssl, byte* buffer, int length);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial int SSL_write(nint ssl, byte* buffer, int length);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial int SSL_get_error(nint ssl, int result);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial int SSL_shutdown(nint ssl);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial int SSL_get_shutdown(nint ssl);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial nint SSL_get1_peer_certificate(nint ssl);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial nint SSL_get_current_cipher(nint ssl);

    [LibraryImport(OpenSslLibrary.Ssl)]
    public static partial byte* SSL_CIPHER_get_name(nint cipher);

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial int i2d_X509(nint certificate, byte** output);

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial void X509_free(nint certificate);

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial int BIO_get_new_index();

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial nint BIO_meth_new(int type, byte* name);

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial int BIO_meth_set_write(nint method, delegate* unmanaged[Cdecl]<nint, byte*, int, int> callback);

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial int BIO_meth_set_read(nint method, delegate* unmanaged[Cdecl]<nint, byte*, int, int> callback);

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial int BIO_meth_set_ctrl(nint method, delegate* unmanaged[Cdecl]<nint, int, CLong, nint, CLong> callback);

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial nint BIO_new(nint method);

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial void BIO_set_init(nint bio, int init);

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial void BIO_set_data(nint bio, void* data);

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial void* BIO_get_data(nint bio);

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial void BIO_set_flags(nint bio, int flags);

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial void BIO_clear_flags(nint bio, int flags);

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial void ERR_clear_error();

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial CULong ERR_peek_last_error();

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial CULong ERR_get_error();

    [LibraryImport(OpenSslLibrary.Crypto)]
    public static partial void ERR_error_string_n(CULong error, byte* buffer, nuint length);
}
