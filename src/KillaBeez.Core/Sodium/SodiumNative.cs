using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KillaBeez.Sodium;

/// <summary>
/// The functions of libsodium that the product calls without Sodium.Core, named as in sodium.h: those of the data path,
/// which may not allocate, and those whose secrets or failures Sodium.Core treats otherwise than we do (docs/adr/0011).
/// Only the wrappers of this folder call them: they check sizes first, because the native side trusts its pointers.
/// </summary>
internal static unsafe partial class SodiumNative
{
    private const string Library = SodiumLibrary.ImportName;

    [LibraryImport(Library), UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int sodium_init();

    [LibraryImport(Library), UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int crypto_sign_seed_keypair(Span<byte> publicKey, Span<byte> secretKey, ReadOnlySpan<byte> seed);

    [LibraryImport(Library), UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int crypto_sign_ed25519_pk_to_curve25519(Span<byte> x25519PublicKey, ReadOnlySpan<byte> ed25519PublicKey);

    [LibraryImport(Library), UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int crypto_sign_ed25519_sk_to_curve25519(Span<byte> x25519PrivateKey, ReadOnlySpan<byte> ed25519SecretKey);

    [LibraryImport(Library), UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int crypto_scalarmult(Span<byte> shared, ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> publicKey);

    [LibraryImport(Library), UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int crypto_scalarmult_base(Span<byte> publicKey, ReadOnlySpan<byte> privateKey);

    [LibraryImport(Library), UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int crypto_generichash(Span<byte> output, nuint outputBytes, ReadOnlySpan<byte> input, ulong inputBytes, ReadOnlySpan<byte> key, nuint keyBytes);

    [LibraryImport(Library), UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int crypto_generichash_init(byte* state, ReadOnlySpan<byte> key, nuint keyBytes, nuint outputBytes);

    [LibraryImport(Library), UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int crypto_generichash_update(byte* state, ReadOnlySpan<byte> input, ulong inputBytes);

    [LibraryImport(Library), UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int crypto_generichash_final(byte* state, Span<byte> output, nuint outputBytes);

    [LibraryImport(Library), UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial nuint crypto_generichash_statebytes();

    [LibraryImport(Library), UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int crypto_aead_chacha20poly1305_ietf_encrypt(Span<byte> ciphertext, out ulong ciphertextBytes, ReadOnlySpan<byte> message, ulong messageBytes, ReadOnlySpan<byte> associatedData, ulong associatedDataBytes, nint nsec, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key);

    [LibraryImport(Library), UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int crypto_aead_chacha20poly1305_ietf_decrypt(Span<byte> message, out ulong messageBytes, nint nsec, ReadOnlySpan<byte> ciphertext, ulong ciphertextBytes, ReadOnlySpan<byte> associatedData, ulong associatedDataBytes, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key);

    [LibraryImport(Library), UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int crypto_aead_xchacha20poly1305_ietf_encrypt(Span<byte> ciphertext, out ulong ciphertextBytes, ReadOnlySpan<byte> message, ulong messageBytes, ReadOnlySpan<byte> associatedData, ulong associatedDataBytes, nint nsec, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key);

    [LibraryImport(Library), UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial int crypto_aead_xchacha20poly1305_ietf_decrypt(Span<byte> message, out ulong messageBytes, nint nsec, ReadOnlySpan<byte> ciphertext, ulong ciphertextBytes, ReadOnlySpan<byte> associatedData, ulong associatedDataBytes, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key);
}
