"""From an answer as received to plain facts. Pure functions: no network, no store, no clock."""
