using KillaBeez.Actors.Handles;

namespace KillaBeez.Messages;

/// <summary>
/// A substream that a peer has opened, told to the actor that has said <see cref="Listen"/>. It is refused where it is
/// neither accepted nor refused within the node's substream-accept-timeout. Thread-safe.
/// </summary>
public sealed class SubstreamOffered : INoSerializationVerificationNeeded
{
    private readonly SubstreamOffer _offer;
    private readonly Action _onAnswered;

    internal SubstreamOffered(SubstreamOffer offer, Action onAnswered)
    {
        _offer = offer;
        _onAnswered = onAnswered;
    }

    /// <summary>Who opened it.</summary>
    public Peer Peer => _offer.Substream.Peer;

    /// <summary>What it is for.</summary>
    public string Type => _offer.Substream.Type;

    /// <summary>What came along; at most 4 KiB.</summary>
    public ReadOnlyMemory<byte> Metadata => _offer.Substream.Metadata;

    /// <summary>Takes the substream: data flows from now on.</summary>
    /// <returns>The substream, which the caller disposes.</returns>
    /// <exception cref="InvalidOperationException">It was accepted or refused before, or its time is over.</exception>
    public Substream Accept() => TryAccept(out var substream)
        ? substream
        : throw new InvalidOperationException($"The substream '{Type}' was accepted or refused before, or its time to be accepted is over.");

    /// <summary>Takes the substream, if it is still to be had.</summary>
    /// <param name="substream">The substream, which the caller disposes.</param>
    /// <returns>False where it was accepted or refused before, or its time is over.</returns>
    public bool TryAccept([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Substream? substream)
    {
        var isAccepted = _offer.Accept();
        substream = isAccepted ? _offer.Substream : null;
        if (isAccepted)
        {
            _onAnswered();
        }

        return isAccepted;
    }

    /// <summary>Turns the substream away; the opener gets the code and the text, and no data ever flows. Only the first answer counts.</summary>
    /// <param name="code">The application's own code.</param>
    /// <param name="reason">For people; at most 256 bytes of UTF-8 are sent.</param>
    public void Refuse(uint code, string reason)
    {
        if (_offer.Refuse(code, reason))
        {
            _onAnswered();
        }
    }
}
