"""ADQ: does the translation say what the source says."""
