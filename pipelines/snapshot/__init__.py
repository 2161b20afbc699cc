"""Snapshots: build, verify, sign, publish, pull, compare, and what the takedown list leaves out."""
