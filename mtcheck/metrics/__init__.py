"""Metrics: numbers from text alone. Statistics add up, so one pass serves segment, article and corpus."""
