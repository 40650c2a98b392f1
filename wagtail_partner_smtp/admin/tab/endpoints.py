"""The endpoints of the SMTP tab. Each checks the permission before anything else, and answers in JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import quote, unquote
from django.core.signing import BadSignature
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters
from wagtail.admin.panels import get_form_for_model

from ... import audit, conf, connection_test
from ...account.database import give_back
from ...account.lookup import NO_KEY
from ...account.row import SMTPAccount
from ...account.stored import COLUMNS
from ...connection_test import database, email, leases, refused_logins, results
from ...diagnosis.outcome import EmailOutcome
from ...discovery import reputation, search
from ...permissions import can_manage_smtp, lock_for
from ...smtp.errors import Code, SettingsError
from ...smtp.settings import SMTPSettings, Stage
from ..badges import partner_badge
from . import answers, domain_records, email_turns, found_settings, pinning
from .fields import SECRET_FIELDS
from .messages import message

if TYPE_CHECKING:
    from ...forms import SMTPTestForm


# No transaction may be open while the network is waited for.
@method_decorator(
    [transaction.non_atomic_requests, sensitive_post_parameters(*SECRET_FIELDS)], name="dispatch"
)
class AccountView(View):
    """One partner's account, or that of a partner which is not saved yet."""

    model: Any = None  # as_view() sets it
    http_method_names = ["post"]
    changes_account = False
    """Whether it does what only saving does otherwise."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.partner: Any = self.find_partner()
        if not can_manage_smtp(request.user, self.partner or self.model):
            return answers.refused(403, "forbidden", _("You may not manage this account."))
        if self.partner is None and "pk" in self.kwargs:
            raise Http404
        if self.changes_account and (lock := lock_for(request.user, self.partner)):
            return answers.refused(400, "locked", lock)
        return answers.as_preferred(request, super().dispatch(request, *args, **kwargs))

    def find_partner(self) -> SMTPAccount | None:
        if "pk" not in self.kwargs:
            return None
        try:
            partner: SMTPAccount | None = self.model._default_manager.filter(
                pk=unquote(str(self.kwargs["pk"]))
            ).first()
        except NO_KEY:
            return None
        return partner


class AccountFormView(AccountView):
    """Reads the values that were sent as the form does."""

    form_base_class: Any = None  # as_view() sets it

    def form(self) -> SMTPTestForm:
        form_class = get_form_for_model(self.model, self.form_base_class, fields=list(COLUMNS), formsets=[])
        instance = self.partner or self.model()
        form: SMTPTestForm = form_class(self.request.POST, instance=instance, for_user=self.request.user)
        return form


class ReadServerView(AccountFormView):
    """Says what is understood of host, port and security as they were typed or pasted. Connects to nothing."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        return answers.understood(self.form())


class ConnectionTestView(AccountFormView):
    """Tests the values that were sent, saved or not: 200 and the report, or 400 and the report."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        form = self.form()
        if form.errors:
            return answers.rejected(form)
        try:
            settings = form.smtp_settings()
        except SettingsError as error:
            return answers.unusable(form, error)
        return self.run_test(settings, form.smtp_notes)

    def run_test(self, settings: SMTPSettings, notes: Sequence[str] = ()) -> JsonResponse:
        try:
            with leases.hold(self.partner, self.request.user) as afterwards:
                refused_logins.refuse_too_soon(settings)
                give_back()
                report = connection_test.run(database.sparing(settings), conf.policy())
                afterwards.attempt(lambda: refused_logins.note(settings, report))
        except leases.Busy as busy:
            return answers.busy(settings, busy)
        stored = self.keep(afterwards, report, lambda: results.store(self.partner, settings, report))
        token = "" if stored else results.sign(self.request.user, self.partner, settings, report)
        return answers.tested(
            report,
            notes=[*notes, *answers.notes_on(stored)],
            token=token,
            badge=answers.badge(report, stored),
            trust=self.trust(settings, report),
        )

    def keep(
        self,
        afterwards: database.Afterwards,
        report: connection_test.ConnectionReport,
        store: Callable[[], bool],
    ) -> bool | None:
        """Write down what was found out: whether it is the saved partner's result now, ``None`` if the database
        could not be written to."""
        if self.partner is None:
            return False
        stored = afterwards.attempt(store)
        afterwards.attempt(lambda: audit.log_test(self.partner, self.request.user, report))
        return stored

    def trust(
        self, settings: SMTPSettings, report: connection_test.ConnectionReport
    ) -> dict[str, str] | None:
        """What it takes to trust the certificate that was seen, or why that must wait."""
        sha256 = pinning.untrusted_certificate(report)
        if not sha256:
            return None
        value = self.partner and pinning.offer(self.request.user, self.partner, settings, report)
        if not value:
            return {"message": _("To trust this certificate, save these settings first and test again.")}
        name = self.model.snippet_viewset.get_url_name("trust_certificate")
        url = reverse(name, args=[quote(self.partner.pk)])
        return {"url": url, "value": value, "sha256": sha256}


class SavedConnectionTestView(ConnectionTestView):
    """Tests what is saved of a partner, whatever is sent along."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        try:
            settings = self.partner.smtp_settings()
        except SettingsError as error:
            report = connection_test.unusable(self.partner, error)
            stored = self.keep(
                database.Afterwards(), report, lambda: results.store_unusable(self.partner, report)
            )
            return answers.tested(report, notes=answers.notes_on(stored), badge=answers.badge(report, stored))
        return self.run_test(settings)


class SendTestEmailView(AccountView):
    """Sends a test email with what is saved of the partner, to the user's own address and to no other."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        if not email.own_address(request.user):
            error = SettingsError(Code.USER_EMAIL_MISSING, stage=Stage.SETTINGS)
            return answers.tested(email.not_tried(self.partner, error))
        before = self.partner.smtp_status
        try:
            with email_turns.turn(self.partner, request.user) as afterwards:
                refused_logins.refuse_too_soon(connection_test.without_password(self.partner))
                report = email.send(self.partner, request.user)
                if report.outcome is not EmailOutcome.HANDED_OVER:
                    afterwards.attempt(lambda: refused_logins.note(report.settings, report))
                afterwards.attempt(lambda: audit.log_test_email(self.partner, request.user, report))
        except leases.Busy as busy:
            response = answers.tested(email.not_tried(self.partner, busy), wait=busy.retry_after)
            response["Retry-After"] = str(busy.retry_after)
            return response
        return answers.tested(
            report,
            notes=report.notes,
            badge=afterwards.attempt(lambda: self._badge_of_another_state(before)),
            wait=afterwards.attempt(lambda: email_turns.wait(request.user)) or 0,
        )

    def _badge_of_another_state(self, before: str) -> dict[str, str] | None:
        """What the mail has shown of the partner, if that is news."""
        self.partner.refresh_from_db()
        is_news = self.partner.smtp_status != before
        return answers.badge_as_dict(partner_badge(self.partner), _("just now")) if is_news else None


class DomainView(AccountView):
    """Asks the DNS about the SMTP Email's domain. That there is nothing to be found is an answer as well: 200."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        email = request.POST.get("smtp_email", "")
        if not email.strip():
            sentence = _("Type the SMTP Email first: this site looks for the settings of its domain.")
            return answers.refused(400, Code.EMAIL_MISSING, sentence, "smtp_email")
        try:
            domain = search.domain_of(email)
        except ValueError:
            return answers.refused(400, Code.EMAIL_INVALID, message(Code.EMAIL_INVALID), "smtp_email")
        try:
            with leases.hold(self.partner, request.user):
                give_back()
                found = self.ask(domain, email)
        except leases.Busy as busy:
            return answers.busy(SMTPSettings(host=""), busy)
        return answers.answer(found)

    def ask(self, domain: str, email: str) -> dict[str, Any]:
        raise NotImplementedError


class FindSettingsView(DomainView):
    """Looks for the mail server of the domain."""

    def ask(self, domain: str, email: str) -> dict[str, Any]:
        found = search.discover(domain, conf.policy(), conf.nameservers())
        return found_settings.as_dict(found, email=email, login=self.request.POST.get("smtp_login", ""))


class CheckDomainView(DomainView):
    """Tells what the domain's records for receivers say: SPF, DKIM and DMARC."""

    def ask(self, domain: str, email: str) -> dict[str, Any]:
        host = self.request.POST.get("smtp_host", "")
        found = reputation.look(domain, host, conf.policy(), conf.nameservers())
        return domain_records.as_dict(found, shown_domain=email.strip().rpartition("@")[2])


class CertificateView(AccountView):
    """Changes which certificate is trusted although it cannot be verified."""

    action = ""
    changes_account = True

    def refuse(self) -> JsonResponse:
        message = _("This offer has ended or is not for these settings. Test again.")
        return answers.refused(400, "offer_ended", message)

    def change_to(self, sha256: str) -> JsonResponse:
        if not self.partner.trust_smtp_certificate(sha256):
            return self.refuse()
        audit.log_certificate(self.partner, self.request.user, self.action)
        badge = answers.badge_as_dict(partner_badge(self.partner))
        return answers.answer({"ok": True, "sha256": sha256, "badge": badge})


class TrustCertificateView(CertificateView):
    """Trusts the certificate that a test has seen, and no other."""

    action = audit.TRUST_CERTIFICATE

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        try:
            sha256 = pinning.accept(request.POST.get("value", ""), request.user, self.partner)
        except BadSignature:
            return self.refuse()
        return self.change_to(sha256)


class UntrustCertificateView(CertificateView):
    """Takes the trust back."""

    action = audit.UNTRUST_CERTIFICATE

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        return self.change_to("")
