"""NAME: names and acronyms."""
