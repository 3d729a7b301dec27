namespace KillaBeez;

/// <summary>
/// Somebody who wants a link to this node and has none: <see cref="SwarmNode.Admission"/> says whether it gets one. Its key
/// is proven; it has learned no address of this node yet.
/// </summary>
public sealed class IncomingCall : INoSerializationVerificationNeeded
{
    internal IncomingCall(PeerId caller, PeerId? introducedBy, bool isByApplication)
    {
        Caller = caller;
        IntroducedBy = introducedBy;
        IsByApplication = isByApplication;
    }

    /// <summary>The other node's key.</summary>
    public PeerId Caller { get; }

    /// <summary>The connected peer through which it came, or null where an exchange brought it.</summary>
    public PeerId? IntroducedBy { get; }

    /// <summary>
    /// Whether the application at the other side has called; otherwise the mesh wants the link, at either side. It is what
    /// the other side says.
    /// </summary>
    public bool IsByApplication { get; }
}
