namespace KillaBeez.WebRtc.Turn;

/// <summary>What a request of a <see cref="TurnClient"/> asks for.</summary>
internal enum TurnRequestKind
{
    Allocate,
    Refresh,

    /// <summary>Refresh with a lifetime of zero.</summary>
    Release,
    CreatePermission,
    ChannelBind,
}
