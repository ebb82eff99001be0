"""The ground floor: the words everything else is written in. Imports nothing else of mtcheck."""
