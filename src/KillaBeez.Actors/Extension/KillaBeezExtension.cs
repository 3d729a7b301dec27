namespace KillaBeez;

/// <summary>
/// Makes the swarm an extension of an actor system: named in HOCON (<c>akka.extensions</c>) or by Akka.Hosting's
/// WithExtension, it is there from the system's start; <see cref="KillaBeezSwarm.Get"/> makes it otherwise.
/// </summary>
public sealed class KillaBeezExtension : ExtensionIdProvider<KillaBeezSwarm>
{
    /// <inheritdoc/>
    public override KillaBeezSwarm CreateExtension(ExtendedActorSystem system) => new(system);
}
