using System.Reflection;
using System.Runtime.InteropServices;

namespace KillaBeez.WebRtc.Dtls.OpenSsl;

/// <summary>
/// Finds OpenSSL 3: a copy shipped beside the application first, then the names that each platform's packages use.
/// </summary>
internal static class OpenSslLibrary
{
    /// <summary>The names in LibraryImport, resolved here and never by the platform.</summary>
    public const string Ssl = "killabeez-openssl-ssl";

    /// <inheritdoc cref="Ssl"/>
    public const string Crypto = "killabeez-openssl-crypto";

    private const ulong OldestVersion = 0x3000_0000;

    private const string MissingMessage =
        "OpenSSL 3 was not found: install it (Debian and Ubuntu: apt install libssl3, Fedora: dnf install openssl-libs, "
        + "Alpine: apk add libssl3, macOS: brew install openssl@3) or put its two libraries beside the application "
        + "(Windows: libssl-3-x64.dll and libcrypto-3-x64.dll).";

    private static readonly Lazy<nint> SslHandle = new(() => LoadFirst(CandidateNames("ssl"), NativeLibrary.TryLoad));

    private static readonly Lazy<nint> CryptoHandle = new(() => LoadFirst(CandidateNames("crypto"), NativeLibrary.TryLoad));

    private static readonly Lazy<bool> Initialized = new(Initialize);

    public delegate bool TryLoad(string name, out nint handle);

    /// <summary>Loads and initialises the library once per process.</summary>
    /// <exception cref="KillaBeezException">It is not installed or older than 3.0 (NativeLibraryMissing).</exception>
    public static void EnsureLoaded() => _ = Initialized.Value;

    /// <summary>Every file name to try for one of the two libraries, the shipped copies first.</summary>
    public static IEnumerable<string> CandidateNames(string library)
    {
        var names = PlatformNames(library);
        foreach (var name in names)
        {
            yield return Path.Combine(AppContext.BaseDirectory, name);
            yield return Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", name);
        }

        foreach (var name in names)
        {
            yield return name;
        }

        if (OperatingSystem.IsMacOS())
        {
            // dlopen does not look where Homebrew and MacPorts install.
            yield return $"/opt/homebrew/opt/openssl@3/lib/lib{library}.3.dylib";
            yield return $"/usr/local/opt/openssl@3/lib/lib{library}.3.dylib";
            yield return $"/opt/local/lib/lib{library}.3.dylib";
        }
    }

    /// <summary>Loads the first name that can be loaded.</summary>
    /// <exception cref="KillaBeezException">None can (NativeLibraryMissing).</exception>
    public static nint LoadFirst(IEnumerable<string> names, TryLoad tryLoad)
    {
        foreach (var name in names)
        {
            if (tryLoad(name, out var handle))
            {
                return handle;
            }
        }

        throw new KillaBeezException(KillaBeezError.NativeLibraryMissing, MissingMessage);
    }

    private static string[] PlatformNames(string library)
    {
        if (OperatingSystem.IsWindows())
        {
            var architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
            return [$"lib{library}-3-{architecture}.dll", $"lib{library}-3.dll"];
        }

        return OperatingSystem.IsMacOS()
            ? [$"lib{library}.3.dylib"]
            : [$"lib{library}.so.3"];
    }

    private static bool Initialize()
    {
        NativeLibrary.SetDllImportResolver(typeof(OpenSslLibrary).Assembly, Resolve);

        // Crypto first: on Windows the other one finds it because it is already in the process.
        _ = CryptoHandle.Value;
        _ = SslHandle.Value;

        // Without this OpenSSL frees its globals in exit() while the IO threads may still be inside SSL_write.
        if (NativeMethods.OPENSSL_init_ssl(NativeMethods.InitNoAtExit, 0) != 1
            || NativeMethods.OpenSSL_version_num().Value < OldestVersion)
        {
            throw new KillaBeezException(KillaBeezError.NativeLibraryMissing, MissingMessage);
        }

        return true;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name switch
    {
        Ssl => SslHandle.Value,
        Crypto => CryptoHandle.Value,
        _ => 0,
    };
}
