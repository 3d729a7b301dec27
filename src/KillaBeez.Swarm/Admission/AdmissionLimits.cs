namespace KillaBeez.Swarm.Admission;

/// <summary>Every limit of an <see cref="AdmissionEngine"/>, and the shares of what it gives out.</summary>
internal sealed record AdmissionLimits
{
    public static AdmissionLimits Default { get; } = new();

    /// <summary>Of so many places for remote keys one is kept for own calls, resumed sessions and known keys.</summary>
    public const int FriendsShareOfPlaces = 8;

    /// <summary>Of so many places one may be held by strangers that are not authenticated yet.</summary>
    public const int StrangersShareOfPlaces = 4;

    /// <summary>Strangers that are not authenticated yet, however many places there are: each has links under way.</summary>
    public const int StrangersInProgress = 64;

    /// <summary>Links of strangers that are not authenticated yet, of all peers together.</summary>
    public const int StrangersPendingLinks = 64;

    /// <summary>The same for strangers and the mesh together: the rest of the links is for those who come before them.</summary>
    public const int OthersPendingLinks = 192;

    /// <summary>The most keys that a refusal names, and that are read of one.</summary>
    public const int RedirectKeys = 4;

    /// <summary>What one key sends that waits while the application is asked: an offer, and a candidate for each that a call keeps.</summary>
    public const int WaitingPerQuestion = 40;

    /// <summary>How long the application may think before it counts as having refused.</summary>
    public static readonly TimeSpan QuestionTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How long a refusal by the application holds without its being asked again.</summary>
    public static readonly TimeSpan RefusalMemory = TimeSpan.FromSeconds(30);

    /// <summary>Offers of strangers at once.</summary>
    public int StrangerBurst { get; init; } = 128;

    /// <summary>Offers of strangers in the long run, per second.</summary>
    public int StrangersPerSecond { get; init; } = 32;

    /// <summary>Offers of keys that only maps name, at once.</summary>
    public int MeshBurst { get; init; } = 256;

    /// <summary>Offers of keys that only maps name, in the long run, per second.</summary>
    public int MeshPerSecond { get; init; } = 64;

    /// <summary>Offers that one connected peer carries here for keys without a session, at once.</summary>
    public int IntroducedBurst { get; init; } = 64;

    /// <summary>The same in the long run, per second.</summary>
    public int IntroducedPerSecond { get; init; } = 8;

    /// <summary>Keys that one peer has introduced and that are not authenticated yet.</summary>
    public int IntroducedInProgress { get; init; } = 32;

    /// <summary>Keys that one peer wants called, at once.</summary>
    public int InformBurst { get; init; } = 16;

    /// <summary>The same in the long run, per second.</summary>
    public int InformsPerSecond { get; init; } = 2;

    /// <summary>Calls under way because one peer wanted them.</summary>
    public int InformedInProgress { get; init; } = 8;

    /// <summary>Refusals that are told, at once; others are not answered, which their callers take for a lost signal.</summary>
    public int RefusalBurst { get; init; } = 128;

    /// <summary>Refusals that are told in the long run, per second.</summary>
    public int RefusalsPerSecond { get; init; } = 32;

    /// <summary>Peers whose introductions are counted; the one that was quiet for longest is forgotten.</summary>
    public int Introducers { get; init; } = 1024;

    /// <summary>Keys that are remembered because the application called them; the oldest is forgotten.</summary>
    public int Friends { get; init; } = 1024;

    /// <summary>Keys that gossip may make known here; further ones are strangers.</summary>
    public int KnownKeys { get; init; } = 8192;

    /// <summary>Questions to the application that have no answer yet.</summary>
    public int Questions { get; init; } = 64;

    /// <summary>Keys that are remembered because the application refused them; the oldest is forgotten.</summary>
    public int RefusedKeys { get; init; } = 1024;

    /// <summary>Other keys that are called because one key that the application called refused and named them.</summary>
    public int RedirectsPerCall { get; init; } = 16;
}
