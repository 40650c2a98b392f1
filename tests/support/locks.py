"""Partners that are locked, as a site's own model with Wagtail's ``LockableMixin`` can be."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from wagtail.locks import BasicLock

from wagtail_partner_smtp.models import get_partner_model


def lock_partners(monkeypatch: pytest.MonkeyPatch, owner: User) -> None:
    """All of them, for everybody but ``owner``."""
    model = get_partner_model()
    values = {"get_lock": lambda partner: BasicLock(partner), "locked_by_id": owner.pk, "locked_by": owner}
    for name, value in values.items():
        monkeypatch.setattr(model, name, value, raising=False)
