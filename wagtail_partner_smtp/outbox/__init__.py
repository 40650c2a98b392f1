"""Queued mail: no message is lost or sent twice, and every outcome is recorded."""
