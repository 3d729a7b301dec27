namespace KillaBeez.NatLab.Namespaces;

/// <summary>Tries on one namespace what a lab does with many.</summary>
internal static class NamespaceTrial
{
    /// <summary>Null where it works, else what the system said.</summary>
    public static async Task<string?> RunAsync()
    {
        try
        {
            await using var trial = await NetworkNamespace.CreateAsync("t");
            await trial.IpAsync("link add one type veth peer name two\n");
            await trial.NftAsync("""
                table ip nat {
                    chain post {
                        type nat hook postrouting priority srcnat
                        oifname "one" masquerade fully-random
                    }
                }

                """);
            return null;
        }
        catch (LabException e)
        {
            return $"this machine makes no network namespaces with NAT: {e.Message}";
        }
    }
}
