namespace KillaBeez.Actors.Handles;

/// <summary>Takes the substreams of one type that peers open at a node; the answer may come later.</summary>
internal interface ISubstreamListener
{
    /// <summary>A peer opens a substream. Called by the peer's actor, from any thread: it must not block.</summary>
    /// <param name="offer">To be accepted or refused, at once or later; what is never answered stays open at the peer.</param>
    void Offer(SubstreamOffer offer);

    /// <summary>The node has stopped: there will be no more offers. Called once, from any thread.</summary>
    void End();
}
