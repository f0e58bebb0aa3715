"""Programs that take turns in a benchmark: ours, habitat-sim and the original CLIPort, each in a process of its own."""
