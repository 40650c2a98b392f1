"""Queued mail: nothing lost, nothing twice, nothing in the dark."""
