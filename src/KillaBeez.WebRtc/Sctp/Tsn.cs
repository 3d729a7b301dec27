namespace KillaBeez.WebRtc.Sctp;

/// <summary>
/// A transmission sequence number. TSNs wrap at 2^32 and compare by serial number arithmetic (RFC 1982,
/// RFC 9260 section 1.6): of two TSNs less than 2^31 apart the later one is the greater.
/// </summary>
internal readonly record struct Tsn(uint Value)
{
    public Tsn Next => new(Value + 1);

    public Tsn Previous => new(Value - 1);

    /// <summary>How far this TSN lies after another; negative where it lies before.</summary>
    public int DistanceFrom(Tsn other) => unchecked((int)(Value - other.Value));

    public static Tsn operator +(Tsn tsn, int count) => new(unchecked(tsn.Value + (uint)count));

    public static bool operator <(Tsn a, Tsn b) => a.DistanceFrom(b) < 0;

    public static bool operator >(Tsn a, Tsn b) => a.DistanceFrom(b) > 0;

    public static bool operator <=(Tsn a, Tsn b) => a.DistanceFrom(b) <= 0;

    public static bool operator >=(Tsn a, Tsn b) => a.DistanceFrom(b) >= 0;

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
