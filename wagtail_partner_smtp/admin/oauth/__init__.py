"""Connecting a partner's mailbox by the consent of its owner: to the provider's page, back, and apart again."""
