using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>Why there is no allocation.</summary>
/// <param name="Code">The server's error code; null where none was received.</param>
/// <param name="Reason">One sentence that says what happened and what to do; holds no credentials.</param>
internal sealed record TurnFailure(StunErrorCode? Code, string Reason);
