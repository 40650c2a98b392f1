"""What tests have found that nobody knows yet, and telling it once."""
