using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Ice;

/// <summary>An answer that has been decided and not yet written.</summary>
/// <param name="Path">The way the request came; the answer goes back the same way.</param>
/// <param name="Id">The request's transaction.</param>
/// <param name="Credentials">Ours, as the request named them.</param>
/// <param name="Error">Null: success.</param>
/// <param name="UnknownAttributes">For 420; otherwise null.</param>
internal readonly record struct IceResponse(
    NetworkPath Path, StunTransactionId Id, IceCredentials Credentials, StunErrorCode? Error, ushort[]? UnknownAttributes);

/// <summary>Answers on their way to the owner's socket, at most one per request and a bounded number of them.</summary>
internal sealed class IceResponseQueue
{
    private readonly Queue<IceResponse> _responses = new();

    public bool TryEnqueue(in IceResponse response)
    {
        if (_responses.Count >= IceLimits.MaxQueuedResponses)
        {
            return false;
        }

        _responses.Enqueue(response);
        return true;
    }

    public bool TryWrite(Span<byte> destination, out int written, out NetworkPath path)
    {
        if (!_responses.TryDequeue(out var response))
        {
            written = 0;
            path = default;
            return false;
        }

        path = response.Path;
        written = response.Error is { } code
            ? IceMessages.WriteError(destination, response.Id, code, response.UnknownAttributes, response.Credentials)
            : IceMessages.WriteSuccess(destination, response.Id, response.Path.Remote, response.Credentials);
        return true;
    }

    /// <summary>Forgets the answers that would leave from a base that is gone.</summary>
    public void RemoveFrom(TransportAddress local)
    {
        for (var left = _responses.Count; left > 0; left--)
        {
            var response = _responses.Dequeue();
            if (response.Path.Local != local)
            {
                _responses.Enqueue(response);
            }
        }
    }

    public void Clear() => _responses.Clear();
}
