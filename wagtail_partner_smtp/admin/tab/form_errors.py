"""What stands above a form that came back with errors, whichever of its tabs is open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import NON_FIELD_ERRORS
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from ...forms import SMTPAccountFormMixin


@dataclass(frozen=True, kw_only=True)
class Told:
    """A sentence about a field, which it leads to by the ``id`` of its input, or leads nowhere."""

    sentence: str
    id: str = ""
    label: str = ""


def summary(form: SMTPAccountFormMixin) -> str:
    """Which secrets have to be typed again, and every error with the name of its field, as HTML."""
    told = [*_lost_secrets(form), *_errors(form)]
    return render_to_string("wagtail_partner_smtp/tab/form_errors.html", {"told": told})


def _lost_secrets(form: SMTPAccountFormMixin) -> Iterator[Told]:
    if form.typed_password_is_lost:
        sentence = _("Type it again before you save. A page never shows the one that was typed.")
        yield _about(form, "smtp_password", sentence)
    if form.typed_oauth_secret_is_lost:
        sentence = _("Enter it again before you save. A page never shows what was entered.")
        yield _about(form, "smtp_oauth_secret", sentence)


def _errors(form: SMTPAccountFormMixin) -> Iterator[Told]:
    for name, sentences in form.errors.items():
        for sentence in sentences:
            if name == NON_FIELD_ERRORS or name not in form.fields:
                yield Told(sentence=sentence)
            else:
                yield _about(form, name, sentence)


def _about(form: SMTPAccountFormMixin, name: str, sentence: str) -> Told:
    field = form[name]
    return Told(sentence=sentence, id=field.id_for_label, label=str(field.label))
