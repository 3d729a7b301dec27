namespace KillaBeez.Hosting.Tests.Docs;

/// <summary>The program of README.md, which <see cref="PlainExampleTests"/> runs twice.</summary>
internal static class PlainExample
{
    public static async Task RunAsync(string[] args)
    {
        // <plain>
        await using var node = await SwarmNode.StartAsync(new SwarmOptions { Exchanges = { new Uri(args[0]) } });
        node.PeerConnected += (_, e) => Console.WriteLine($"got {e.Peer.Id}");
        node.SubstreamOpened += (_, e) => _ = EchoAsync(e.Substream);
        Console.WriteLine($"I am {node.Id}");

        if (args.Length > 1)
        {
            Peer peer = await node.CallAsync(PeerId.Parse(args[1]));
            await using Substream chat = await peer.OpenAsync("chat");
            await chat.Output.WriteAsync("hello"u8.ToArray());
            await chat.Output.CompleteAsync();
            using var reader = new StreamReader(chat.AsStream());
            Console.WriteLine($"heard {await reader.ReadToEndAsync()}");
        }
        else
        {
            Console.ReadLine();
        }

        static async Task EchoAsync(Substream substream)
        {
            await substream.Input.CopyToAsync(substream.Output);
            await substream.DisposeAsync();
        }
        // </plain>
    }
}
