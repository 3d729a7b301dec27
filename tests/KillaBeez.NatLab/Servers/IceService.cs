namespace KillaBeez.NatLab.Servers;

/// <summary>What peers are given to find each other with.</summary>
public enum IceService
{
    /// <summary>A STUN server.</summary>
    StunOnly,

    /// <summary>STUN and TURN by Debian's coturn.</summary>
    Coturn,

    /// <summary>STUN and TURN by ours.</summary>
    KillaBeezTurn,
}
