"""The bundled sample, laid out as a replay reads it: facts and fictional cards, no code."""
