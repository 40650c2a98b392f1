"""The invoice app that docs/sending.md shows."""
