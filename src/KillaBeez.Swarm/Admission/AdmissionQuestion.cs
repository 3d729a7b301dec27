namespace KillaBeez.Swarm.Admission;

/// <summary>What somebody would have a place for.</summary>
internal enum AdmissionWish
{
    /// <summary>It calls this node.</summary>
    Offer,

    /// <summary>The mesh of this node would call it.</summary>
    Call,

    /// <summary>A connected peer wants this node to call it.</summary>
    Inform,
}

/// <summary>A key that wants a place, and that the application may be asked about.</summary>
/// <param name="Key">The key.</param>
/// <param name="Via">The connected peer through which it came, or null.</param>
/// <param name="Wish">What for.</param>
/// <param name="Origin">On whose account it would be.</param>
/// <param name="IsByApplication">Whether the other side's application wants it.</param>
internal sealed record AdmissionQuestion(PeerId Key, PeerId? Via, AdmissionWish Wish, AdmissionOrigin Origin, bool IsByApplication)
{
    /// <summary>Where a call of the application leads that the key is a part of, or null.</summary>
    public AdmissionJourney? Journey { get; init; }
}
