namespace KillaBeez.Architecture.Tests.Docs.Examples;

internal static class PlainExample
{
    public static async Task RunAsync(PeerId callee, CancellationToken cancellationToken)
    {
        // <plain>
        await using var node = await SwarmNode.StartAsync(new SwarmOptions { Exchanges = { new Uri("ws://127.0.0.1:6688") } }, cancellationToken);
        node.PeerConnected += (_, e) => Console.WriteLine($"got {e.Peer.Id}");
        node.SubstreamOpened += (_, e) => Console.WriteLine($"{e.Substream.Peer.Id} opened {e.Substream.Type}");

        Peer peer = await node.CallAsync(callee, cancellationToken);
        await using Substream chat = await peer.OpenAsync("chat", cancellationToken);
        await chat.Output.WriteAsync("hello"u8.ToArray(), cancellationToken);
        await chat.Output.CompleteAsync();
        using var reader = new StreamReader(chat.AsStream());
        Console.WriteLine(await reader.ReadToEndAsync(cancellationToken));
        // </plain>
    }
}
