namespace KillaBeez.Swarm.Multiplexing;

/// <summary>
/// A substream's number within one session. Odd numbers were opened by the node with the larger key, even ones
/// by the other; each side's numbers rise strictly and are never used again, so a number names one substream.
/// </summary>
/// <param name="Value">1 to 2^32-1; 0 is the session itself on the wire and never a substream.</param>
internal readonly record struct SubstreamId(uint Value)
{
    public bool IsOdd => (Value & 1) != 0;

    public override string ToString() => $"#{Value}";
}
