"""mtcheck: a machine-translation quality checker for localisation desks."""
