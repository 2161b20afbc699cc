"""Pictures of answers: what a header says to draw, and how it is drawn and written."""
