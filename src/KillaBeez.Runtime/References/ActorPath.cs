namespace KillaBeez.Runtime;

/// <summary>
/// The place of an actor in the tree of its system, such as <c>akka://system/user/parent/child</c>. Two incarnations
/// under one name have equal paths.
/// </summary>
public sealed class ActorPath : IEquatable<ActorPath>
{
    private const string NameSymbols = "-_.*$+:@&=,!~';()";

    private ActorPath(ActorPath? parent, string name)
    {
        Parent = parent ?? this;
        Name = name;
    }

    /// <summary>The last element of the path; for the root, the name of the system.</summary>
    public string Name { get; }

    /// <summary>The path of the actor's parent; the root is its own parent.</summary>
    public ActorPath Parent { get; }

    internal bool IsRoot => ReferenceEquals(Parent, this);

    internal static ActorPath Root(string systemName) => new(null, systemName);

    internal ActorPath Of(string name) => new(this, name);

    /// <summary>Whether the name may be given to an actor: ASCII letters, digits and a few symbols, not '$' first.</summary>
    internal static bool IsValidName(string name) =>
        name.Length > 0 && name[0] != '$' && name.All(c => char.IsAsciiLetterOrDigit(c) || NameSymbols.Contains(c, StringComparison.Ordinal));

    /// <inheritdoc/>
    public bool Equals(ActorPath? other) =>
        ReferenceEquals(this, other)
        || (other is not null && Name == other.Name && IsRoot == other.IsRoot && (IsRoot || Parent.Equals(other.Parent)));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ActorPath);

    /// <inheritdoc/>
    public override int GetHashCode() => IsRoot ? Name.GetHashCode(StringComparison.Ordinal) : HashCode.Combine(Parent, Name);

    /// <summary>The whole path with the name of the system.</summary>
    public override string ToString() => IsRoot ? $"akka://{Name}" : $"{Parent}/{Name}";
}
