namespace KillaBeez.Swarm.Admission;

/// <summary>What becomes of somebody who would cost this node something.</summary>
internal enum AdmissionVerdict
{
    /// <summary>It has a place from now on.</summary>
    Accept,

    /// <summary>It is told that it is refused.</summary>
    Refuse,

    /// <summary>Nothing is answered: there is too much of it just now, and a repetition may have more luck.</summary>
    Drop,

    /// <summary>The application is to be asked; <see cref="AdmissionEngine.Answer"/> follows.</summary>
    Ask,
}

/// <summary>Why somebody has no place.</summary>
internal enum AdmissionRefusal
{
    None,

    /// <summary>All places for such as it are taken.</summary>
    NoPlace,

    /// <summary>The mesh has as many links as it takes.</summary>
    Degree,

    /// <summary>Too many of its kind, or of its introducer's, came at once.</summary>
    Rate,

    /// <summary>The application does not want it.</summary>
    Application,
}

/// <summary>A verdict, and what goes with it.</summary>
/// <param name="Verdict">What is done.</param>
/// <param name="Code">Why, where it has no place.</param>
/// <param name="Reason">The same for people.</param>
internal sealed record AdmissionDecision(AdmissionVerdict Verdict, AdmissionRefusal Code = AdmissionRefusal.None, string Reason = "")
{
    public static AdmissionDecision Accepted { get; } = new(AdmissionVerdict.Accept);

    public static AdmissionDecision Asked { get; } = new(AdmissionVerdict.Ask);

    /// <summary>With a refusal: keys that the refused may call instead, the nearest to its own first.</summary>
    public IReadOnlyList<PeerId> Redirect { get; init; } = [];

    /// <summary>With a refusal by the application: its own code.</summary>
    public uint ApplicationCode { get; init; }
}

/// <summary>An offer that has come.</summary>
/// <param name="From">Who calls; its signature was checked.</param>
/// <param name="Via">The connected peer that carried it, or null where an exchange did.</param>
/// <param name="IsByApplication">Whether the application at the other side wants the call, and not only the mesh.</param>
internal readonly record struct AdmissionOffer(PeerId From, PeerId? Via, bool IsByApplication);
