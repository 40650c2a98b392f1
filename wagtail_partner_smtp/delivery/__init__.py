"""Sending mail: a message's envelope, open sessions, Django's interface of email backends."""
