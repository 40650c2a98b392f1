"""Form pages whose submissions are mailed by a partner, and never by the site's own mailer.

Needs ``wagtail.contrib.forms`` in ``INSTALLED_APPS``, like the classes of Wagtail's that these stand for.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, Panel
from wagtail.contrib.forms.forms import WagtailAdminFormPageForm
from wagtail.contrib.forms.models import EmailFormMixin, FormMixin
from wagtail.models import Page

from .account.health import is_active
from .admin.submission_mail import MESSAGE, reference
from .delivery.mailboxes import Mailbox
from .models import AbstractPartner, get_partner_model_string
from .outbox.queueing import queue_or_note
from .permissions import can_choose_partner
from .smtp.errors import Code, SettingsError

if TYPE_CHECKING:
    from django.core.mail import EmailMessage

log = logging.getLogger("wagtail_partner_smtp")


class PartnerEmailPageForm(WagtailAdminFormPageForm):
    """The admin form of such a page: nobody has mail sent by a partner that they may not see."""

    data: Any

    def clean_partner(self) -> AbstractPartner | None:
        partner: AbstractPartner | None = self.cleaned_data["partner"]
        before = self.initial.get("partner")
        if partner and partner.pk != before and not can_choose_partner(self.for_user, partner):
            # The form comes back with what was sent, and would tell the name.
            data = self.data.copy()
            data[self.add_prefix("partner")] = before or ""
            self.data = data
            raise ValidationError(_("You may not choose this one."), code="may_not_choose")
        return partner

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        is_asked_for = "partner" in self.fields and "partner" not in self.errors
        if is_asked_for and cleaned.get("to_address") and not cleaned["partner"]:
            self.add_error(
                "partner", ValidationError(_("Choose whose mail server is to be used."), code="required")
            )
        return cleaned


class PartnerEmailFormMixin(EmailFormMixin):
    """``EmailFormMixin`` of ``wagtail.contrib.forms`` with a partner: its server, its address.

    Submissions are queued, so that no visitor waits for a mail server or meets its errors. A submission is stored
    whatever happens to its mail.
    """

    # Drafts and former versions of a page may name a partner that is gone, and django-modelcluster reads no such
    # version if the column is protected.
    partner = models.ForeignKey(
        get_partner_model_string(),
        verbose_name=_("partner"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Form submissions are emailed by this partner's mail server, from its SMTP Email."),
    )
    # Mail leaves from the partner's SMTP Email.
    from_address = None

    base_form_class = PartnerEmailPageForm

    class Meta:
        abstract = True

    def process_form_submission(self, form: forms.Form) -> Any:
        """Store the submission, and send its mail. ``form.submission`` is what was stored."""
        # What EmailFormMixin does, which does not tell send_mail() what was stored.
        submission = super(EmailFormMixin, self).process_form_submission(form)
        if self.to_address:
            form.submission = submission  # type: ignore[attr-defined]
            self.send_mail(form)
        return submission

    def get_submissions_list_view_class(self) -> Any:
        # It needs all models.
        from .admin.submissions import MailedSubmissionsListView

        return self.submissions_list_view_class or MailedSubmissionsListView

    def send_mail(self, form: forms.Form) -> None:
        """Queue the mail of a submission. What keeps it from leaving is told by the queue, or else by the log."""
        if self.partner is None:
            facts = {"page": self.pk, "code": Code.PARTNER_MISSING.value}
            log.error("A submission of page %(page)s is not mailed: it has no partner", facts, extra=facts)
            return
        message = queue_or_note(self.partner, self.get_email_message(form))
        if submission := getattr(form, "submission", None):
            submission.form_data = {**submission.form_data, MESSAGE: reference(message)}
            submission.save(update_fields=["form_data"])

    def get_email_message(self, form: forms.Form) -> EmailMessage:
        """The message of a submission, for a page to override. It is from the partner whatever it says."""
        assert self.partner is not None
        return EmailMultiAlternatives(
            subject=self.subject,
            body=self.render_email(form),
            from_email=self.partner.smtp_email,
            to=[address.strip() for address in self.to_address.split(",")],
            reply_to=self.get_reply_to(form),
            # RFC 3834 5: no out-of-office answers.
            headers={"Auto-Submitted": "auto-generated"},
        )

    def get_reply_to(self, form: forms.Form) -> list[str]:
        """The first email address that the visitor gave; without one, answers go where the partner's do."""
        for name, field in form.fields.items():
            address = form.cleaned_data.get(name)
            if isinstance(field, forms.EmailField) and address and _is_mailbox(address):
                return [address]
        return []


class AbstractPartnerEmailForm(PartnerEmailFormMixin, FormMixin, Page):
    """A form page that is mailed by a partner, in the place of Wagtail's ``AbstractEmailForm``."""

    class Meta:
        abstract = True


def partner_email_panels() -> list[Panel]:
    """The panels of what ``PartnerEmailFormMixin`` brings."""
    panels = [UnsentPanel(), FieldPanel("partner"), FieldPanel("to_address"), FieldPanel("subject")]
    return [MultiFieldPanel(panels, heading=_("Email"))]


class UnsentPanel(Panel):
    """Says what keeps submissions from being mailed, as far as the page and the partner's row tell."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_partner_smtp/unsent.html"

        def is_shown(self) -> bool:
            return bool(self.reason)

        @property
        def reason(self) -> str:
            page = self.instance
            return reason_unsent(page.partner) if page.pk and page.to_address else ""


def reason_unsent(partner: AbstractPartner | None) -> str:
    """Why mail would not leave, to be shown; empty if it may."""
    if partner is None:
        return gettext("Form submissions are stored, but not emailed: no partner is chosen.")
    if not is_active(partner):
        text = gettext("Form submissions are stored, but not emailed: %(partner)s is not active.")
    elif not (partner.smtp_host and partner.smtp_email):
        text = gettext("Form submissions are stored, but not emailed: %(partner)s is not set up.")
    else:
        return ""
    return text % {"partner": partner}


def _is_mailbox(address: str) -> bool:
    """Whether it may stand in a header; Django's forms take some that may not."""
    try:
        return bool(Mailbox.of(address))
    except SettingsError:
        return False
