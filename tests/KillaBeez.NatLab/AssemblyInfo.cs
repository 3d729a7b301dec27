// A lab has dozens of processes on what may be two cores: what runs at once is chosen inside the tests.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
