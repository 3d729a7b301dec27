using System.Reflection;
using System.Runtime.InteropServices;

namespace KillaBeez.Sodium;

/// <summary>
/// Finds and initialises libsodium once per process: a copy shipped beside the application first, then the
/// operating system's. Every wrapper of this folder calls <see cref="EnsureLoaded"/> before its first native
/// call, so a missing library is one <see cref="KillaBeezException"/> and never a DllNotFoundException.
/// </summary>
internal static class SodiumLibrary
{
    /// <summary>The name in the LibraryImport declarations; the resolver turns it into a file.</summary>
    internal const string ImportName = "libsodium";

    /// <summary>libsodium 1.0.17; older ones lack checks on small-order points that identities rely on.</summary>
    private const int MinimumMajor = 10;
    private const int MinimumMinor = 2;

    private const string MissingMessage =
        "libsodium (1.0.17 or later) was not found: install it (Debian and Ubuntu: apt install libsodium23, "
        + "macOS: brew install libsodium, Windows: put libsodium.dll beside the application) and start again.";

    private static readonly Lock s_gate = new();
    private static volatile bool s_loaded;
    private static bool s_resolverSet;
    private static nint s_handle;

    /// <summary>Loads and initialises the library unless that has been done. Thread-safe, cheap when loaded.</summary>
    /// <exception cref="KillaBeezException"><see cref="KillaBeezError.NativeLibraryMissing"/>.</exception>
    public static void EnsureLoaded()
    {
        if (!s_loaded)
        {
            LoadOnce();
        }
    }

    /// <summary>Loads the first of the candidates that can be loaded.</summary>
    /// <exception cref="KillaBeezException">None can; <see cref="KillaBeezError.NativeLibraryMissing"/>.</exception>
    internal static nint LoadFirst(IEnumerable<string> candidates)
    {
        foreach (var candidate in candidates)
        {
            // A bare name is searched where the platform keeps its libraries; a path is taken as it is.
            if (NativeLibrary.TryLoad(candidate, out var handle))
            {
                return handle;
            }
        }

        throw new KillaBeezException(KillaBeezError.NativeLibraryMissing, MissingMessage);
    }

    /// <summary>The files to try, in order: beside the application, then the platform's names and places.</summary>
    internal static IEnumerable<string> Candidates(string applicationFolder)
    {
        var names = PlatformNames();
        foreach (var name in names)
        {
            yield return Path.Combine(applicationFolder, name);
            yield return Path.Combine(applicationFolder, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", name);
        }

        foreach (var name in names)
        {
            yield return name;
        }

        if (OperatingSystem.IsMacOS())
        {
            // Homebrew's folders are not on the loader's default path.
            yield return "/opt/homebrew/lib/libsodium.dylib";
            yield return "/usr/local/lib/libsodium.dylib";
        }
    }

    private static string[] PlatformNames()
    {
        if (OperatingSystem.IsWindows())
        {
            return ["libsodium.dll"];
        }

        return OperatingSystem.IsMacOS()
            ? ["libsodium.dylib", "libsodium.26.dylib", "libsodium.23.dylib"]
            : ["libsodium.so.23", "libsodium.so.26", "libsodium.so"];
    }

    private static void LoadOnce()
    {
        lock (s_gate)
        {
            if (s_loaded)
            {
                return;
            }

            if (s_handle == 0)
            {
                s_handle = LoadFirst(Candidates(AppContext.BaseDirectory));
            }

            if (!s_resolverSet)
            {
                NativeLibrary.SetDllImportResolver(typeof(SodiumLibrary).Assembly, Resolve);
                s_resolverSet = true;
            }

            // sodium_init: 0 = done, 1 = was done before (by another user of the library in this process).
            if (SodiumNative.sodium_init() < 0 || IsTooOld())
            {
                throw new KillaBeezException(KillaBeezError.NativeLibraryMissing, MissingMessage);
            }

            s_loaded = true;
        }
    }

    private static bool IsTooOld()
    {
        var major = SodiumNative.sodium_library_version_major();
        return major < MinimumMajor || (major == MinimumMajor && SodiumNative.sodium_library_version_minor() < MinimumMinor);
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == ImportName ? s_handle : 0;
}
