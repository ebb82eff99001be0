"""TERM: terms and spelling."""
