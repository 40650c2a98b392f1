"""*Outgoing mail*: the report, a partner's own page, one message, what can be done with them, and the chart."""
