"""LANG: the text's language."""
