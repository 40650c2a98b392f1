"""SMTP accounts as a file of comma-separated values (RFC 4180): read into the site, and written out of it."""
