"""Many accounts at once: the list, the report, the first page and the bulk test."""
