"""Engines: how a run is executed. The stations of a run stand beside them, one a file."""
