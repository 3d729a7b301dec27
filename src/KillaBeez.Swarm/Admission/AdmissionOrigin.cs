namespace KillaBeez.Swarm.Admission;

/// <summary>Because of whom a remote key costs this node something. Who comes first has the larger share.</summary>
internal enum AdmissionOrigin
{
    /// <summary>This node's application calls the key.</summary>
    Own,

    /// <summary>The key has a session here, which gets a new link.</summary>
    Resumed,

    /// <summary>The key had a session here lately, or this node's application has called it before.</summary>
    Known,

    /// <summary>This node's mesh wants the key, or a connected peer's map names it.</summary>
    Mesh,

    /// <summary>Nobody knows the key.</summary>
    Stranger,
}
