"""SMTP accounts for the partners of a Wagtail site."""

__version__ = "0.1.0"
