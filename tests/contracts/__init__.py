"""What every storage engine must do: one class of tests for each repository, run once for each engine."""
