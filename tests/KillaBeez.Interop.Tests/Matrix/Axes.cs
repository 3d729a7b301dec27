namespace KillaBeez.Interop.Tests.Matrix;

/// <summary>Who makes the offer.</summary>
public enum Offerer
{
    We,
    They,
}

/// <summary>How candidates travel: inside the descriptions, or after them one by one.</summary>
public enum Signalling
{
    Complete,
    Trickle,
}
