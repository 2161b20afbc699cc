"""ModelScope: listing, records, cards and configs."""
