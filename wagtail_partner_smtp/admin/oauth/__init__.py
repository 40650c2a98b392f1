"""Connects a partner's mailbox by the consent of its owner, through the provider's page, and disconnects it."""
