"""NUM: numbers as values."""
