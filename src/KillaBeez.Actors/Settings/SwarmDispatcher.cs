namespace KillaBeez.Actors.Settings;

/// <summary>Where the actors of nodes run: a child does not inherit its parent's dispatcher, so each is put there.</summary>
internal static class SwarmDispatcher
{
    /// <summary>Its section in HOCON.</summary>
    public const string Id = HoconSettings.Section + ".dispatcher";

    public static Props OnSwarmDispatcher(this Props props) => props.WithDispatcher(Id);
}
