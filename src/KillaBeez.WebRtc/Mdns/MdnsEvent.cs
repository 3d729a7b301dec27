namespace KillaBeez.WebRtc.Mdns;

/// <summary>The end of a lookup.</summary>
/// <param name="Name">As it was given to <see cref="MdnsResolver.Resolve"/>.</param>
/// <param name="Address">What the name stands for, port 0; null where nobody has answered.</param>
internal readonly record struct MdnsEvent(string Name, TransportAddress? Address);
