"""The contact page that docs/form-pages.md shows."""
