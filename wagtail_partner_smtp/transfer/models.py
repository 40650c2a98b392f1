"""Which model a command is about."""

from __future__ import annotations

from ..account.lookup import account_models, partner_model
from ..account.row import SMTPAccount


def chosen(label: str | None) -> type[SMTPAccount]:
    """The model with an SMTP account of this label, else that of partners. Raises ``ValueError``."""
    if label is None:
        return partner_model()
    models = {model._meta.label_lower: model for model in account_models()}
    if (model := models.get(label.lower())) is None:
        known = ", ".join(sorted(each._meta.label for each in models.values()))
        raise ValueError(f"{label} is no model with an SMTP account. These are: {known}.")
    return model
