using KillaBeez.Actors.Handles;

namespace KillaBeez.Streams;

/// <summary>The codes with which streams reset and refuse substreams. Applications use numbers below 0xFFFF_FE00 for their own.</summary>
public static class SwarmStreamCodes
{
    /// <summary>Reset: the stream that was written to the substream failed, instead of ending.</summary>
    public const uint UpstreamFailed = 0xFFFF_FE10;

    /// <summary>Reset: the stream was ended from outside, such as by the end of its materializer, or failed in itself.</summary>
    public const uint Aborted = 0xFFFF_FE11;

    /// <summary>Refused: the application has not materialised the substream's flow in time.</summary>
    public const uint NotAccepted = SubstreamRefusals.NotAccepted;

    /// <summary>Refused: too many substreams wait for the application to take them.</summary>
    public const uint Backlogged = SubstreamRefusals.Backlogged;

    /// <summary>Refused: the application no longer listens for this type.</summary>
    public const uint Unbound = SubstreamRefusals.ListenerGone;

    /// <summary>Refused: the application's handler could not be materialised.</summary>
    public const uint HandlerFailed = 0xFFFF_FE15;
}
