"""From stored rows to derived rows: cards, architecture, licenses, lineage."""
