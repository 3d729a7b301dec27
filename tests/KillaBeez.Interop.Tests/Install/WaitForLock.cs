using KillaBeez.Tests;

namespace KillaBeez.Interop.Tests.Install;

/// <summary>A lock between processes: a file that one of them holds open.</summary>
internal static class WaitForLock
{
    /// <summary>Holds a lock file that ends with this process.</summary>
    public static async Task<FileStream> AcquireAsync(string path)
    {
        var deadline = DateTime.UtcNow + Patience.ForMuch;
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (DateTime.UtcNow < deadline)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            }
        }
    }
}
