using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>Why there is no allocation.</summary>
/// <param name="Code">The server's error code; null where none was received.</param>
/// <param name="Reason">One sentence that says what happened and what to do; holds no credentials.</param>
internal sealed record TurnFailure(StunErrorCode? Code, string Reason)
{
    public static TurnFailure Silence(TransportAddress server, StunErrorCode? unproven) => new(unproven, unproven is { } code
        ? $"The TURN server {server} gave only answers that are not proven to be its own (error {code.Value}); check the password, and the server's log."
        : $"The TURN server {server} does not answer; check its address and port, and that firewalls on the way let it through.");

    public static TurnFailure BadAnswer(TransportAddress server, string what) =>
        new(null, $"The TURN server {server} answered {what}; check that the address is a TURN server's.");

    /// <summary>Of a 437 to an Allocate request.</summary>
    public static TurnFailure AddressInUse(TransportAddress server) => new(
        StunErrorCode.AllocationMismatch,
        $"The TURN server {server} still has another allocation on this socket's address; use a new socket (error 437).");

    /// <summary>Of every other error answer.</summary>
    public static TurnFailure Refusal(TransportAddress server, StunErrorCode code, bool wantsIPv6)
    {
        var what = code.Value switch
        {
            300 => "refers to another server that cannot be used; configure one that makes allocations itself",
            400 => "does not understand the request; check that the address is a TURN server's",
            401 => "does not take the user name and password; check both, and whether a time-limited credential has expired",
            403 => "forbids the allocation; ask its operator for the right to it",
            420 => "does not know an attribute that is needed; use a server that follows RFC 8656",
            437 => "does not know the allocation any more; make a new one",
            438 => "calls every nonce stale, even its newest; check the server",
            440 => $"has no relayed addresses of {(wantsIPv6 ? "IPv6" : "IPv4")}; ask for the other family or use another server",
            441 => "has an allocation of somebody else on this address; use another local port",
            442 => "does not relay UDP; use another server",
            486 => "has no more allocations for this user; close others or raise the quota",
            500 => "has failed; try again later or use another server",
            508 => "has no capacity left; try again later or use another server",
            _ => "refuses; see the server's log",
        };
        return new TurnFailure(code, $"The TURN server {server} {what} (error {code.Value}).");
    }
}
