"""Renderers: one file an output format."""
