"""Certificates and contexts: what a listener shows, and what a client trusts."""
