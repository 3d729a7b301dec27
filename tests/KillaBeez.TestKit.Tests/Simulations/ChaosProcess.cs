using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KillaBeez.TestKit.Tests.Simulations;

/// <summary>This test assembly as a program, which prints the histories of some seeds.</summary>
internal static class ChaosProcess
{
    public const string Command = "histories";

    public static int Main(string[] arguments)
    {
        if (arguments is not [Command, var count])
        {
            Console.Error.WriteLine($"usage: {Command} COUNT; the tests are run by 'dotnet test'");
            return 2;
        }

        for (var seed = 1; seed <= int.Parse(count, CultureInfo.InvariantCulture); seed++)
        {
            Console.Write(Line((ulong)seed));
        }

        return 0;
    }

    public static string Line(ulong seed)
    {
        var run = ChaosSimulation.Run(seed);
        return string.Create(CultureInfo.InvariantCulture, $"{seed} {run.Hash:x16} {run.Messages} {Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(run.Log)))}\n");
    }
}
