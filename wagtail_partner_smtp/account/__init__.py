"""The SMTP account that any model can take on: its columns, its password, what saving does to it."""
