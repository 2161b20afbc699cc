"""All that a DuckDB file or a snapshot says of one thing: a model, a repository, a paper."""
