"""TYPO: typography and punctuation."""
