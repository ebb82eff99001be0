"""DOC: the article as a whole."""
