namespace KillaBeez.Actors.Handles;

/// <summary>Where actors report what the application may want to know. Thread-safe; nothing waits for a handler.</summary>
internal interface ISwarmEvents
{
    /// <summary>Something happened.</summary>
    void Publish(SwarmEvent e);

    /// <summary>Asks the application whether it takes a substream; the answer is a refusal, or null for yes.</summary>
    void Offer(Substream substream, Action<(uint Code, string Reason)?> answer);
}
