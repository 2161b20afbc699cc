"""The bundled sample: a folder laid out as a replay reads it. Facts and fictional cards, no code."""
