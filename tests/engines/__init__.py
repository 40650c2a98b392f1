"""Real task engines in front of the outbox, each with its own worker in processes of its own."""
