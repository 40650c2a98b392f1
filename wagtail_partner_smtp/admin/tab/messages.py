"""What the SMTP tab says about its values. The sentences are those of the connection test."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ...account.stored import StoredAccount
from ...diagnosis import SENTENCES
from ...smtp.errors import Code


def message(code: Code, facts: dict[str, object] | None = None) -> str:
    """What is wrong, in one sentence."""
    text = str(SENTENCES[code].message)
    return text % facts if facts else text


def problem(code: Code, **facts: object) -> ValidationError:
    """The error of a field: what is wrong and what to do."""
    hint = str(SENTENCES[code].hint)
    return ValidationError(f"{message(code, facts)} {hint}".strip(), code=code.value, params=facts)


def password_help(stored: StoredAccount) -> str:
    """What leaving the password field empty means."""
    if stored.unreadable:
        return _(
            "The saved password can no longer be read on this site, because the site's key or this account "
            "was changed. Nothing is sent until it is typed again."
        )
    if stored.has_password:
        return _("A password is saved. It is never shown. Leave this empty to keep it.")
    return _("No password is saved. It is stored encrypted and never shown again.")


def oauth_secret_help(stored: StoredAccount) -> str:
    """What leaving the field of the OAuth secret empty means."""
    if stored.oauth_secret_unreadable:
        return _(
            "The saved client secret or key can no longer be read on this site, because the site's key or this "
            "account was changed. Enter it again."
        )
    if stored.has_oauth_secret:
        return _("A client secret or key is saved. It is never shown. Leave this empty to keep it.")
    return _(
        "No client secret or key is saved. It is stored encrypted and never shown again. Of a service account, "
        "paste the whole content of its JSON file."
    )
