"""What the sandbox saw: sessions and messages, without secrets."""
