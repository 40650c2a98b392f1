"""Alerts: what tests and mail have shown that was not reported yet, reported once."""
