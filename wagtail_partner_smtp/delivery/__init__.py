"""Mail that leaves: a message's envelope, open sessions, Django's email backend contract."""
