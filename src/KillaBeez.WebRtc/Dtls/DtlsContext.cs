using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KillaBeez.WebRtc.Dtls.OpenSsl;
using Aes = System.Runtime.Intrinsics.X86.Aes;

namespace KillaBeez.WebRtc.Dtls;

/// <summary>
/// A certificate and the configuration of the associations made with it: DTLS 1.2, ECDHE with AEAD suites only,
/// certificates on both sides. Thread-safe once made.
/// </summary>
internal sealed unsafe class DtlsContext : IDisposable
{
    private const string Aes128 = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
    private const string ChaCha = "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
    private const string Aes256 = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
    private const string Groups = "X25519:P-256:P-384";
    private const string SignatureAlgorithms = "ECDSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA256:RSA+SHA256";

    /// <summary>
    /// Media is never sent. But pion and werift end a handshake in which no SRTP profile was agreed, even where only
    /// data channels were negotiated; so two that they know are offered and accepted (RFC 5764, section 4.1).
    /// </summary>
    private const string SrtpProfiles = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";

    private const ulong Options = NativeMethods.OpNoQueryMtu
        | NativeMethods.OpNoTicket
        | NativeMethods.OpNoCompression
        | NativeMethods.OpNoRenegotiation;

    private DtlsContext(SslContextHandle handle, DtlsCertificate certificate)
    {
        Handle = handle;
        Certificate = certificate;
    }

    public DtlsCertificate Certificate { get; }

    internal SslContextHandle Handle { get; }

    /// <summary>Makes a context with a fresh certificate.</summary>
    /// <exception cref="KillaBeezException">OpenSSL is missing (NativeLibraryMissing).</exception>
    public static DtlsContext Create(DateTimeOffset utcNow) => Create(DtlsCertificate.Create(utcNow), extraOptions: 0);

    /// <param name="certificate">Owned by the context from now on.</param>
    /// <param name="extraOptions">SSL_OP_ bits on top of ours; tests play odd peers with them.</param>
    internal static DtlsContext Create(DtlsCertificate certificate, ulong extraOptions)
    {
        OpenSslLibrary.EnsureLoaded();
        NativeMethods.ERR_clear_error();
        var handle = NativeMethods.SSL_CTX_new(NativeMethods.DTLS_method());
        try
        {
            Require(!handle.IsInvalid);
            Configure(handle, Options | extraOptions);
            UseCertificate(handle, certificate);
            return new DtlsContext(handle, certificate);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public OpenSslDtlsEngine CreateEngine() => new(this);

    public void Dispose()
    {
        Handle.Dispose();
        Certificate.Dispose();
    }

    private static void Configure(SslContextHandle handle, ulong options)
    {
        NativeMethods.SSL_CTX_set_options(handle, options);
        Control(handle, NativeMethods.CtrlSetMinProtoVersion, NativeMethods.Dtls12Version);
        NativeMethods.SSL_CTX_ctrl(handle, NativeMethods.CtrlSetReadAhead, new CLong(1), null);
        NativeMethods.SSL_CTX_ctrl(handle, NativeMethods.CtrlSetSessCacheMode, new CLong(0), null);

        // Without AES instructions ChaCha20 is the faster suite.
        var hasAes = Aes.IsSupported || System.Runtime.Intrinsics.Arm.Aes.IsSupported;
        var ciphers = hasAes ? $"{Aes128}:{ChaCha}:{Aes256}" : $"{ChaCha}:{Aes128}:{Aes256}";
        fixed (byte* list = ZeroTerminated(ciphers))
        {
            Require(NativeMethods.SSL_CTX_set_cipher_list(handle, list) == 1);
        }

        Control(handle, NativeMethods.CtrlSetGroupsList, Groups);
        Control(handle, NativeMethods.CtrlSetSigalgsList, SignatureAlgorithms);
        Control(handle, NativeMethods.CtrlSetClientSigalgsList, SignatureAlgorithms);

        fixed (byte* profiles = ZeroTerminated(SrtpProfiles))
        {
            Require(NativeMethods.SSL_CTX_set_tlsext_use_srtp(handle, profiles) == 0);
        }

        // Any certificate passes here, self-signed or not: trust is the fingerprint's, compared by the owner of the
        // engine once the handshake is done and before a byte of application data is looked at (RFC 8827, 6.5).
        NativeMethods.SSL_CTX_set_verify(handle, NativeMethods.VerifyPeer | NativeMethods.VerifyFailIfNoPeerCert, null);
        NativeMethods.SSL_CTX_set_cert_verify_callback(handle, &AcceptAnyCertificate, 0);
    }

    private static void UseCertificate(SslContextHandle handle, DtlsCertificate certificate)
    {
        fixed (byte* der = certificate.Der)
        fixed (byte* key = certificate.PrivateKey)
        {
            Require(NativeMethods.SSL_CTX_use_certificate_ASN1(handle, certificate.Der.Length, der) == 1);
            Require(NativeMethods.SSL_CTX_use_PrivateKey_ASN1(
                NativeMethods.EvpPkeyEc, handle, key, new CLong(certificate.PrivateKey.Length)) == 1);
            Require(NativeMethods.SSL_CTX_check_private_key(handle) == 1);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int AcceptAnyCertificate(nint storeContext, nint argument) => 1;

    private static void Control(SslContextHandle handle, int command, int value) =>
        Require(NativeMethods.SSL_CTX_ctrl(handle, command, new CLong(value), null).Value == 1);

    private static void Control(SslContextHandle handle, int command, string value)
    {
        fixed (byte* text = ZeroTerminated(value))
        {
            Require(NativeMethods.SSL_CTX_ctrl(handle, command, new CLong(0), text).Value == 1);
        }
    }

    private static byte[] ZeroTerminated(string ascii) => [.. System.Text.Encoding.ASCII.GetBytes(ascii), 0];

    private static void Require(bool succeeded)
    {
        if (!succeeded)
        {
            // Only a build of OpenSSL without these algorithms gets here, which is as good as none.
            throw new KillaBeezException(
                KillaBeezError.NativeLibraryMissing,
                $"The installed OpenSSL cannot be configured for WebRTC ({OpenSslErrors.Take() ?? "no reason given"}): install an unmodified OpenSSL 3.");
        }
    }
}
