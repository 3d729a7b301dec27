namespace KillaBeez.WebRtc.Ice;

/// <summary>Who decides which pair is used (RFC 8445, section 6.1.1): the offerer unless the roles collide.</summary>
internal enum IceRole : byte
{
    Controlled,
    Controlling,
}
