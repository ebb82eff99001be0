"""Measurements of mtcheck, each a module run with `python -m benchmarks.NAME`; results lie in reports/."""
