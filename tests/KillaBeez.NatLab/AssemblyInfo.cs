// Two classes at once: the tests of one mostly wait. What runs at once inside a class is chosen there, because a lab
// has dozens of processes on what may be two cores.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
