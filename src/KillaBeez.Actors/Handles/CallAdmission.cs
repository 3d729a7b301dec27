namespace KillaBeez;

/// <summary>The application's word about an <see cref="IncomingCall"/>. The default is a refusal with the code 0.</summary>
public readonly record struct CallAdmission
{
    private CallAdmission(bool isAccepted, uint code)
    {
        IsAccepted = isAccepted;
        Code = code;
    }

    /// <summary>The node may come in, as far as there is room.</summary>
    public static CallAdmission Accept { get; } = new(isAccepted: true, code: 0);

    /// <summary>Whether the node may come in.</summary>
    public bool IsAccepted { get; }

    /// <summary>With a refusal: the application's own code, which the caller is told.</summary>
    public uint Code { get; }

    /// <summary>The node may not come in. It is told at once, and not asked about again for half a minute.</summary>
    /// <param name="code">The application's own code, which the caller is told.</param>
    public static CallAdmission Refuse(uint code = 0) => new(isAccepted: false, code);
}
