using KillaBeez.Actors.Messages;
using KillaBeez.Swarm.CipherSessions;
using KillaBeez.Swarm.Links;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Actors.Links;

/// <summary>
/// The Noise session over one link: runs the handshake, opens what the link brings and seals what the peer's
/// session sends. When a message cannot be opened the link is over, and nothing else.
/// </summary>
/// <remarks>
/// <code>
///   Handshaking --(initiator: message 2 opened; responder: message 2 sent)--> Sealed
/// </code>
/// The peer's actor is asked for the Hello exactly when this side draws its ephemeral key (session.md, R3).
/// </remarks>
internal sealed class CipherSessionActor : UntypedActor
{
    private readonly LinkId _id;
    private readonly IMessageLink _link;
    private readonly IActorRef _peer;
    private readonly Queue<MessageBatch> _waiting = new();
    private readonly LinkRole _role;

    private CipherHandshake? _handshake;
    private CipherSession? _session;
    private PooledBuffer? _refused;
    private int _sentOfFirstBatch;

    public CipherSessionActor(LinkId id, LinkRole role, CipherHandshake handshake, IMessageLink link, IActorRef peer)
    {
        _id = id;
        _role = role;
        _handshake = handshake;
        _link = link;
        _peer = peer;
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case CipherMessages.Received m: OnReceived(m); break;
            case CipherMessages.SendHello m: OnSendHello(m); break;
            case CipherMessages.Send m:
                _waiting.Enqueue(m.Batch);
                SendWaiting();
                break;
            case CipherMessages.Writable: SendWaiting(); break;
            case CipherMessages.Finish:
                SendWaiting();
                Context.Parent.Tell(CipherMessages.Finished.Instance);
                break;
            default: Unhandled(message); break;
        }
    }

    protected override void PostStop()
    {
        _session?.Dispose();
        _handshake?.Dispose();
        _refused?.Dispose();
        foreach (var batch in _waiting)
        {
            batch.Dispose();
        }
    }

    private void OnReceived(CipherMessages.Received received)
    {
        using var batch = received.Batch;
        var plaintexts = new MessageBatch(batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            var message = batch[i];
            if (_session is null ? !TryReadHandshake(message) : !TryOpen(message, plaintexts))
            {
                plaintexts.Dispose();
                return;
            }
        }

        // The link's window opens again when the peer's actor has taken the plaintexts, so a slow actor slows the sender.
        _peer.Tell(new CipherMessages.Opened(_id, plaintexts, _link, batch.TotalBytes));
    }

    private bool TryOpen(ReadOnlySpan<byte> message, MessageBatch plaintexts)
    {
        if (message.Length < CipherSession.OverheadBytes)
        {
            return Fail("a message is shorter than its authentication tag");
        }

        var plaintext = PooledBuffer.Rent(message.Length - CipherSession.OverheadBytes);
        if (!_session!.TryOpen(message, plaintext.Span, out var bytes))
        {
            plaintext.Dispose();
            return Fail("a message is not authentic");
        }

        plaintexts.Add(plaintext.Truncate(bytes));
        return true;
    }

    private bool TryReadHandshake(ReadOnlySpan<byte> message)
    {
        Span<byte> payload = stackalloc byte[HandshakePayloadBytes];
        if (_handshake is null || message.Length > HandshakePayloadBytes)
        {
            return Fail("the handshake message is too long");
        }

        if (!_handshake.TryReadMessage(message, payload, out var payloadBytes, out var error))
        {
            return Fail($"the handshake failed: {error}");
        }

        var hello = payload[..payloadBytes].ToArray();
        if (_role == LinkRole.Initiator)
        {
            FinishHandshake();
        }

        _peer.Tell(new CipherMessages.Hello(_id, hello));
        return true;
    }

    private void OnSendHello(CipherMessages.SendHello message)
    {
        if (_handshake is null)
        {
            return;
        }

        var buffer = Scratch.Message;
        var written = _handshake.WriteMessage(message.Hello, buffer);
        _link.TrySend(buffer.AsSpan(0, written));
        if (_role == LinkRole.Responder)
        {
            FinishHandshake();
        }
    }

    private void FinishHandshake()
    {
        _session = _handshake!.Split();
        _handshake.Dispose();
        _handshake = null;
    }

    private void SendWaiting()
    {
        var taken = 0;
        while (_session is not null && _waiting.TryPeek(out var batch))
        {
            while (_sentOfFirstBatch < batch.Count)
            {
                var plaintext = batch[_sentOfFirstBatch];
                if (!TrySealAndSend(plaintext))
                {
                    ReportTaken(taken);
                    return;
                }

                taken += plaintext.Length;
                _sentOfFirstBatch++;
            }

            _waiting.Dequeue();
            _sentOfFirstBatch = 0;
            batch.Dispose();
        }

        ReportTaken(taken);
    }

    /// <summary>A sealed message that the link did not take is kept: sealing it again would use another nonce.</summary>
    private bool TrySealAndSend(ReadOnlySpan<byte> plaintext)
    {
        if (_refused is { } refused)
        {
            if (!_link.TrySend(refused.Span))
            {
                return false;
            }

            refused.Dispose();
            _refused = null;
            return true;
        }

        var buffer = Scratch.Message;
        var message = buffer.AsSpan(0, _session!.Seal(plaintext, buffer));
        if (_link.TrySend(message))
        {
            return true;
        }

        _refused = PooledBuffer.CopyOf(message);
        return false;
    }

    private void ReportTaken(int bytes)
    {
        if (bytes > 0)
        {
            _peer.Tell(new CipherMessages.Took(_id, bytes));
        }
    }

    private static bool Fail(string reason)
    {
        Context.Parent.Tell(new CipherMessages.Failed(reason));
        return false;
    }

    /// <summary>Room for the largest handshake message: keys, tags and a Hello (session.md, 2.1), with reserve.</summary>
    private const int HandshakePayloadBytes = 1024;
}
