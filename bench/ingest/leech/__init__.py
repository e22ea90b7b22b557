"""Links brought by a worker, beside the programs that only download."""
