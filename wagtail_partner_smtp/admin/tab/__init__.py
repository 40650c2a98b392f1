"""The SMTP tab: what was typed, the endpoints behind its buttons, their answers."""
