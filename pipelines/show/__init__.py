"""What is stored, for people: one model, or the state of the whole store. Reads only."""
