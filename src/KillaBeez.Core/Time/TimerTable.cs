using System.Runtime.CompilerServices;

namespace KillaBeez;

/// <summary>
/// The timers of one engine: one deadline for each value of <typeparamref name="TTimer"/>, whose values must
/// be 0, 1, 2, ... without gaps. Engines set and clear deadlines; their owner asks for the earliest.
/// </summary>
internal sealed class TimerTable<TTimer>
    where TTimer : struct, Enum
{
    private readonly Instant[] _deadlines = new Instant[Enum.GetValues<TTimer>().Length];

    public TimerTable() => Array.Fill(_deadlines, Instant.Never);

    /// <summary>The earliest deadline, or <see cref="Instant.Never"/>.</summary>
    public Instant Next
    {
        get
        {
            var next = Instant.Never;
            foreach (var deadline in _deadlines)
            {
                next = Instant.Min(next, deadline);
            }

            return next;
        }
    }

    /// <summary>The deadline of a timer, or <see cref="Instant.Never"/> where it is not set.</summary>
    public Instant this[TTimer timer] => _deadlines[Index(timer)];

    public bool IsSet(TTimer timer) => _deadlines[Index(timer)] != Instant.Never;

    public void Set(TTimer timer, Instant deadline) => _deadlines[Index(timer)] = deadline;

    /// <summary>Sets the timer unless it is already set.</summary>
    public void SetIfIdle(TTimer timer, Instant deadline)
    {
        ref var current = ref _deadlines[Index(timer)];
        if (current == Instant.Never)
        {
            current = deadline;
        }
    }

    public void Clear(TTimer timer) => _deadlines[Index(timer)] = Instant.Never;

    public void ClearAll() => Array.Fill(_deadlines, Instant.Never);

    /// <summary>
    /// Takes the earliest timer that is due at <paramref name="now"/> out of the table. Call until false.
    /// </summary>
    public bool TryTakeDue(Instant now, out TTimer timer)
    {
        var best = -1;
        for (var i = 0; i < _deadlines.Length; i++)
        {
            if (_deadlines[i] <= now && (best < 0 || _deadlines[i] < _deadlines[best]))
            {
                best = i;
            }
        }

        if (best < 0)
        {
            timer = default;
            return false;
        }

        _deadlines[best] = Instant.Never;
        timer = Unsafe.BitCast<int, TTimer>(best);
        return true;
    }

    private static int Index(TTimer timer) => Unsafe.BitCast<TTimer, int>(timer);
}
