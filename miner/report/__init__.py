"""A report: all pictures of a file in one folder that opens from a disk and asks nobody."""
