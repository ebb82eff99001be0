"""DUP: what stands twice."""
