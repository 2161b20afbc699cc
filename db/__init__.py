"""Where rows live: sessions, upserts, migrations, exports, the analytical engine."""

if __name__ != "miner.db":
    raise ImportError("import miner.db, not db")
