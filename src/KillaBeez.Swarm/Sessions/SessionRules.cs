namespace KillaBeez.Swarm.Sessions;

/// <summary>
/// The rules of the protocol whose absence the model check showed to be fatal, each as a switch. Production
/// obeys <see cref="All"/>; the mutation tests switch one off and demand that a simulated schedule notices.
/// </summary>
internal sealed record SessionRules
{
    public static SessionRules All { get; } = new();

    /// <summary>R1: a tag is dead when its session ends.</summary>
    public bool TagsDieWithTheirSession { get; init; } = true;

    /// <summary>R2: all attempts offer the same spare.</summary>
    public bool OneSpareForAllAttempts { get; init; } = true;

    /// <summary>R3: the Hello is fixed with the ephemeral key.</summary>
    public bool HelloIsFixedEarly { get; init; } = true;

    /// <summary>R4: the responder acts on the first transport message, not on message 1.</summary>
    public bool ResponderWaitsForProof { get; init; } = true;

    /// <summary>R7: a session is given up only for a pair with the spare of now.</summary>
    public bool OnlyTheSpareOfNowReplaces { get; init; } = true;

    /// <summary>R11: a switch goes back to the first unacknowledged frame.</summary>
    public bool SwitchGoesBackToBase { get; init; } = true;

    /// <summary>R12: an acknowledgement that passes the cursor moves it and makes a START due.</summary>
    public bool OvertakenCursorRestarts { get; init; } = true;

    /// <summary>R19: repeated frames are acknowledged, too.</summary>
    public bool RepeatsAreAcknowledged { get; init; } = true;

    /// <summary>R28: Hellos name the last session that ended.</summary>
    public bool TombstonesAreNamed { get; init; } = true;

    /// <summary>R28: also beside a live one.</summary>
    public bool TombstonesAreNamedBesideLive { get; init; } = true;
}
