"""Alignment: two articles in, aligned segments out."""
