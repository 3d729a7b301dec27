namespace KillaBeez.Swarm.Admission;

/// <summary>How an <see cref="AdmissionEngine"/> behaves.</summary>
internal sealed record AdmissionOptions
{
    /// <summary>How many remote keys may have state here.</summary>
    public required int MaxPlaces { get; init; }

    /// <summary>Links that the mesh seeks.</summary>
    public required int MeshDegree { get; init; }

    /// <summary>Links of the mesh beyond which further ones are refused, except the nearest keys', up to twice as many.</summary>
    public required int AcceptedDegree { get; init; }

    /// <summary>So many nearest keys on either side of this node's own are its neighbours.</summary>
    public int RingNeighbours { get; init; } = 2;

    public AdmissionLimits Limits { get; init; } = AdmissionLimits.Default;
}
