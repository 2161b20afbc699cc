"""Pages over a DuckDB file or a snapshot: read only, rendered here, nothing from other hosts."""
