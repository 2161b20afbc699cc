"""The Hugging Face Hub: listings, records, cards and configs, and the public dump of it."""
