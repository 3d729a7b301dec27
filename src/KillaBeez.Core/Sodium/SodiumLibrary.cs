using System.Reflection;
using System.Runtime.InteropServices;
using SodiumCore = Sodium.SodiumCore;

namespace KillaBeez.Sodium;

/// <summary>
/// Finds and initialises libsodium once per process, for the binding of this folder and for Sodium.Core alike: the
/// package's library first, then the operating system's. Every wrapper of this folder calls <see cref="EnsureLoaded"/>
/// before its first native call, so a missing library is one <see cref="KillaBeezException"/> and never a
/// DllNotFoundException.
/// </summary>
internal static class SodiumLibrary
{
    /// <summary>The name in the LibraryImport declarations; the resolver turns it into a file.</summary>
    internal const string ImportName = "libsodium";

    /// <summary>The release that Sodium.Core brings, and the only one that it works with.</summary>
    internal const string Release = "1.0.22";

    private static readonly Lock s_gate = new();
    private static volatile bool s_loaded;
    private static bool s_resolverSet;
    private static nint s_handle;

    private static string FileName => OperatingSystem.IsWindows() ? "libsodium.dll" : OperatingSystem.IsMacOS() ? "libsodium.dylib" : "libsodium.so";

    /// <summary>Loads and initialises the library unless that has been done. Thread-safe, cheap when loaded.</summary>
    /// <exception cref="KillaBeezException"><see cref="KillaBeezError.NativeLibraryMissing"/>.</exception>
    public static void EnsureLoaded()
    {
        if (!s_loaded)
        {
            LoadOnce();
        }
    }

    /// <summary>Loads the first of the candidates that is libsodium of the wanted release.</summary>
    /// <exception cref="KillaBeezException">None is; <see cref="KillaBeezError.NativeLibraryMissing"/>.</exception>
    internal static nint LoadFirst(IEnumerable<string> candidates, string release = Release)
    {
        var others = new List<string>();
        foreach (var candidate in candidates)
        {
            // A path is taken as it is. A bare name is searched where the host says that the packages' libraries are
            // (the runtime's deps.json, the folder that a single file unpacks to), then where the platform has its own.
            if (!NativeLibrary.TryLoad(candidate, typeof(SodiumLibrary).Assembly, searchPath: null, out var handle))
            {
                continue;
            }

            var found = ReleaseOf(handle);
            if (found == release)
            {
                return handle;
            }

            NativeLibrary.Free(handle);
            others.Add($"{candidate} is {(found is null ? "no libsodium" : $"libsodium {found}")}");
        }

        throw Missing(release, others);
    }

    /// <summary>What to try, in order: the package's file, the package's file wherever the host knows it to be, the platform's names and places.</summary>
    internal static IEnumerable<string> Candidates(string applicationFolder)
    {
        // `publish -r` puts the one library beside the program; a build for every platform keeps them all apart.
        yield return Path.Combine(applicationFolder, FileName);
        yield return Path.Combine(applicationFolder, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", FileName);
        yield return ImportName;
        if (OperatingSystem.IsLinux() || OperatingSystem.IsFreeBSD())
        {
            yield return "libsodium.so.26";
        }
        else if (OperatingSystem.IsMacOS())
        {
            // Homebrew's folders are not on the loader's default path.
            yield return "/opt/homebrew/lib/libsodium.dylib";
            yield return "/usr/local/lib/libsodium.dylib";
        }
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
                ShareWithSodiumCore();
                s_resolverSet = true;
            }

            Initialize();
            s_loaded = true;
        }
    }

    private static void ShareWithSodiumCore()
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(SodiumCore).Assembly, Resolve);
        }
        catch (InvalidOperationException)
        {
            // The application uses Sodium.Core too and has told it where its library is. There is one resolver for an
            // assembly, and that one was first; Sodium.Core checks the release of whatever it is given.
        }
    }

    private static void Initialize()
    {
        // sodium_init: 0 = done, 1 = was done before (by another user of the library in this process).
        if (SodiumNative.sodium_init() < 0)
        {
            throw new KillaBeezException(KillaBeezError.NativeLibraryMissing, "libsodium was found but could not be initialised.");
        }

        try
        {
            SodiumCore.Init();
        }
        catch (NotSupportedException exception)
        {
            throw new KillaBeezException(KillaBeezError.NativeLibraryMissing, "Sodium.Core cannot use the libsodium that it was given: " + exception.Message, exception);
        }
    }

    private static unsafe string? ReleaseOf(nint library) =>
        NativeLibrary.TryGetExport(library, "sodium_version_string", out var export)
            ? Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<nint>)export)())
            : null;

    private static KillaBeezException Missing(string release, List<string> others) => new(
        KillaBeezError.NativeLibraryMissing,
        $"libsodium {release} was not found. It comes with the NuGet package Sodium.Core, on which KillaBeez.Core depends: deploy all files of the build or of "
        + $"`dotnet publish`, the folder runtimes/ among them. For a platform that the package has no library for, build that release and put {FileName} beside the application."
        + (others.Count == 0 ? "" : $" Passed over: {string.Join("; ", others)}."));

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == ImportName ? s_handle : 0;
}
