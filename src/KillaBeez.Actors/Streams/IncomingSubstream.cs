using Akka.Streams.Dsl;
using KillaBeez.Actors.Handles;

namespace KillaBeez.Streams;

/// <summary>
/// A substream that a peer opens and that waits for an answer: materialising <see cref="Flow"/> accepts it,
/// <see cref="Refuse"/> refuses it, and doing neither in time refuses it too. Thread-safe.
/// </summary>
public sealed class IncomingSubstream
{
    private readonly SubstreamOffer _offer;
    private readonly Action _onAnswered;
    private volatile string? _refusal;

    internal IncomingSubstream(SubstreamOffer offer, int maxElementBytes, Action onAnswered)
    {
        _offer = offer;
        _onAnswered = onAnswered;
        Flow = SubstreamStreams.FlowOf(offer.Substream, Accept, maxElementBytes);
    }

    /// <summary>The node that opens it.</summary>
    public Peer Peer => _offer.Substream.Peer;

    /// <summary>What the peer named it.</summary>
    public string Type => _offer.Substream.Type;

    /// <summary>What the peer sent along; at most 4 KiB.</summary>
    public ReadOnlyMemory<byte> Metadata => _offer.Substream.Metadata;

    /// <summary>
    /// The substream as <see cref="SubstreamStreams.AsFlow"/> makes it. To be materialised once, which accepts it; where it was
    /// refused before, by whomever, the stream fails with a <see cref="KillaBeezException"/>.
    /// </summary>
    public Flow<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, Task<Done>> Flow { get; }

    /// <summary>Refuses the substream: the opener gets the code and the text. Does nothing where it was accepted or refused before.</summary>
    /// <param name="code">The application's own code, below 0xFFFF_FE00.</param>
    /// <param name="reason">For people; at most 255 bytes of UTF-8 are sent.</param>
    public void Refuse(uint code, string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (TryRefuse(code, reason))
        {
            _onAnswered();
        }
    }

    internal bool TryRefuse(uint code, string reason)
    {
        if (!_offer.Refuse(code, reason))
        {
            return false;
        }

        _refusal = reason;
        return true;
    }

    private void Accept(Substream substream)
    {
        if (_offer.IsAnswered && _refusal is { } refusal)
        {
            throw new KillaBeezException(KillaBeezError.SubstreamRefused, $"The substream '{Type}' was refused at this side before its flow was materialised: {refusal}.");
        }

        SubstreamClaims.Claim(substream);
        if (_offer.Accept())
        {
            _onAnswered();
        }
    }
}
