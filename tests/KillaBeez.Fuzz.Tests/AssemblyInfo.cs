// One thread: time slices mean something only where no other test runs beside them, and the suite runs two projects at once.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
