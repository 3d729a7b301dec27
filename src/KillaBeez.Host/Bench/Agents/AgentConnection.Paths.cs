using KillaBeez.WebRtc;

namespace KillaBeez.Cli.Bench.Agents;

/// <summary>How the connection is doing, and how both sides look for a path anew.</summary>
internal sealed partial class AgentConnection
{
    public Task ReportStatsAsync()
    {
        _report(AgentEvent.Stats.Of(_connection.GetStats()) with { Id = _id });
        return Task.CompletedTask;
    }

    public async Task ReofferAsync()
    {
        var offer = await _connection.CreateOfferAsync().ConfigureAwait(false);
        await _connection.SetLocalDescriptionAsync(offer).ConfigureAwait(false);
        _report(new AgentEvent.Offer(_connection.LocalDescription!.Sdp) { Id = _id });
    }

    public async Task ReanswerAsync(string offer)
    {
        await _connection.SetRemoteDescriptionAsync(new SessionDescription(SdpType.Offer, offer)).ConfigureAwait(false);
        var answer = await _connection.CreateAnswerAsync().ConfigureAwait(false);
        await _connection.SetLocalDescriptionAsync(answer).ConfigureAwait(false);
        _report(new AgentEvent.Answer(_connection.LocalDescription!.Sdp) { Id = _id });
    }

    private void OnNegotiationNeeded()
    {
        // The first offer is the harness's to ask for.
        if (_connection.LocalDescription is not null)
        {
            _report(new AgentEvent.Negotiate { Id = _id });
        }
    }
}
