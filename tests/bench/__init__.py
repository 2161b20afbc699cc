"""Speed, measured side by side in one run; never a timed assertion of the test suite."""
