"""Workers killed under load, a database restarted amid it, and an account of every message."""
