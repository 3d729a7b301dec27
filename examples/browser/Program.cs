using KillaBeez;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.PeerConnections;

var app = WebApplication.Create(args);
await using var endpoint = RtcEndpoint.Start();

app.UseFileServer();
app.MapPost("/offer", async (HttpRequest request, CancellationToken cancellationToken) =>
{
    var connection = endpoint.CreatePeerConnection();
    connection.DataChannelOpened += (_, channel) =>
    {
        channel.MessageReceived += (_, message, isText) => channel.TrySend(message.Span, isText);
        channel.Closed += (_, _) => Console.WriteLine($"{channel.Label} is closed");
    };
    try
    {
        var offer = await new StreamReader(request.Body).ReadToEndAsync(cancellationToken);
        await connection.SetRemoteDescriptionAsync(new SessionDescription(SdpType.Offer, offer), cancellationToken);
        await connection.SetLocalDescriptionAsync(await connection.CreateAnswerAsync(cancellationToken), cancellationToken);
        return Results.Text(connection.LocalDescription!.Sdp);
    }
    catch (KillaBeezException e)
    {
        await connection.DisposeAsync();
        return Results.BadRequest(e.Message);
    }
});
await app.RunAsync();
