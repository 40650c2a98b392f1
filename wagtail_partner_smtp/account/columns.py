"""The columns of an SMTP account, and what their values must be."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Concat, Left
from django.utils.translation import gettext_lazy as _

from .. import diagnosis
from ..smtp.certificate import days_left
from ..smtp.errors import Code
from ..smtp.names import PORT_RANGE
from ..smtp.settings import InputError, Security, SMTPSettings, input_errors
from . import oauth_values
from .encryption import BEGINNING
from .oauth_values import OAUTH_COLUMNS
from .sender import Sender
from .times import as_aware

SECURITY_CHOICES = (
    (Security.NONE.value, _("No encryption")),
    (Security.SSL.value, _("SSL")),
    (Security.TLS.value, _("TLS (STARTTLS)")),
)


class SMTPStatus(models.TextChoices):
    """What is known of an account: by its last connection test, or by the mail that was sent since."""

    NOT_SET_UP = "not_set_up", _("Not set up")
    UNTESTED = "untested", _("Untested")
    OK = "ok", _("OK")
    UNPROVEN = "unproven", _("Not proven")
    UNTRUSTED = "untrusted", _("Certificate not trusted")
    LOGIN_UNUSED = "login_unused", _("Login not used")
    FAILED = "failed", _("Failed")
    CHANGED = "changed", _("Changed since the test")


class AlertState(models.TextChoices):
    """What the last alert said about an account."""

    UNKNOWN = "", _("Not known yet")
    WORKING = "working", _("Working")
    BROKEN = "broken", _("Broken")


class SMTPAuth(models.TextChoices):
    """How the account logs in."""

    PASSWORD = "password", _("Password")
    OAUTH = "oauth", _("OAuth 2.0")


class OAuthGrant(models.TextChoices):
    """Who allows the account its access tokens (RFC 6749 1.3)."""

    CONSENT = "consent", _("The owner of the mailbox signs in")
    APPLICATION = "application", _("The application itself, without a person")


CONSENT_NEEDED = "consent"
"""What ``smtp_login_needs`` holds where somebody has to sign in again."""

_LOGIN_NEEDS = Case(
    When(Q(smtp_auth=SMTPAuth.OAUTH.value) & ~Q(smtp_oauth_needs_consent=""), then=Value(CONSENT_NEEDED)),
    When(
        smtp_auth=SMTPAuth.OAUTH.value,
        then=Concat(
            Left("smtp_oauth_secret_encrypted", BEGINNING),
            Left("smtp_oauth_refresh_token_encrypted", BEGINNING),
        ),
    ),
    default=Left("smtp_password_encrypted", BEGINNING),
)


class SMTPAccountColumns(models.Model):
    """What is stored of an SMTP account."""

    smtp_host = models.CharField(_("SMTP Host"), max_length=255, blank=True, default="")
    smtp_port = models.PositiveIntegerField(
        _("SMTP Port"),
        null=True,
        blank=True,
        validators=[MinValueValidator(PORT_RANGE[0]), MaxValueValidator(PORT_RANGE[-1])],
        help_text=_("Empty means 25."),
    )
    smtp_login = models.CharField(_("SMTP Login"), max_length=255, blank=True, default="")
    smtp_email = models.CharField(
        _("SMTP Email"),
        max_length=254,
        blank=True,
        default="",
        help_text=_("The address that mail is sent from."),
    )
    smtp_sender_name = models.CharField(_("Sender name"), max_length=255, blank=True, default="")
    smtp_reply_to = models.CharField(_("Reply-To"), max_length=254, blank=True, default="")
    smtp_security = models.CharField(
        _("SMTP Security"), max_length=8, choices=SECURITY_CHOICES, default=Security.TLS.value
    )

    smtp_auth = models.CharField(
        _("authentication method"), max_length=16, choices=SMTPAuth, default=SMTPAuth.PASSWORD
    )
    # No choices: the site's settings name more.
    smtp_oauth_provider = models.CharField(_("OAuth provider"), max_length=64, blank=True, default="")
    smtp_oauth_grant = models.CharField(
        _("who signs in"), max_length=16, choices=OAuthGrant, default=OAuthGrant.CONSENT
    )
    smtp_oauth_tenant = models.CharField(_("tenant"), max_length=255, blank=True, default="")
    smtp_oauth_client_id = models.CharField(_("client ID"), max_length=255, blank=True, default="")
    smtp_oauth_authorization_endpoint = models.CharField(
        _("authorization endpoint"), max_length=500, blank=True, default=""
    )
    smtp_oauth_token_endpoint = models.CharField(_("token endpoint"), max_length=500, blank=True, default="")
    smtp_oauth_scopes = models.CharField(_("scopes"), max_length=1000, blank=True, default="")

    # No default: it would be one and the same for all rows that exist when a site adds the mixin.
    smtp_uuid = models.UUIDField(unique=True, null=True, editable=False)
    smtp_password_encrypted = models.TextField(blank=True, default="", editable=False)
    smtp_oauth_secret_encrypted = models.TextField(blank=True, default="", editable=False)
    smtp_oauth_refresh_token_encrypted = models.TextField(blank=True, default="", editable=False)
    smtp_oauth_access_token_encrypted = models.TextField(blank=True, default="", editable=False)
    smtp_oauth_token_issued_at = models.DateTimeField(null=True, blank=True, editable=False)
    smtp_oauth_token_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    smtp_oauth_renewing = models.UUIDField(null=True, blank=True, editable=False)
    smtp_oauth_renewing_until = models.DateTimeField(null=True, blank=True, editable=False)
    smtp_oauth_connected_as = models.CharField(max_length=254, blank=True, default="", editable=False)
    smtp_oauth_connected_at = models.DateTimeField(null=True, blank=True, editable=False)
    # A Code, or empty.
    smtp_oauth_needs_consent = models.CharField(max_length=64, blank=True, default="", editable=False)
    smtp_pinned_certificate = models.CharField(max_length=64, blank=True, default="", editable=False)
    # Without it, a fingerprint would be believed whoever wrote it.
    smtp_pinned_certificate_encrypted = models.TextField(blank=True, default="", editable=False)
    smtp_known_certificate = models.CharField(max_length=64, blank=True, default="", editable=False)
    smtp_known_certificate_at = models.DateTimeField(null=True, blank=True, editable=False)
    smtp_status = models.CharField(
        _("mail status"),
        max_length=16,
        choices=SMTPStatus,
        default=SMTPStatus.UNTESTED,
        db_index=True,
        editable=False,
    )
    smtp_status_since = models.DateTimeField(_("mail status since"), null=True, blank=True, editable=False)
    smtp_tested_at = models.DateTimeField(_("last test"), null=True, blank=True, editable=False)
    smtp_test_summary = models.JSONField(default=dict, blank=True, editable=False)
    # When what the status says was found out: of a test its beginning, of mail its outcome.
    smtp_judged_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When the server took mail for another domain, as long as the destination stays the same.
    smtp_relay_proven_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Why the last mail was not taken, in codes, where that was not the mail's own fault.
    smtp_failure = models.JSONField(default=dict, blank=True, editable=False)
    smtp_failures = models.PositiveIntegerField(
        _("failed attempts to send since the last success"), default=0, editable=False
    )
    smtp_certificate_until = models.DateTimeField(
        _("certificate valid until"), null=True, blank=True, db_index=True, editable=False
    )
    smtp_last_mail_at = models.DateTimeField(_("last mail"), null=True, blank=True, editable=False)
    smtp_alert_state = models.CharField(
        max_length=8, choices=AlertState, blank=True, default=AlertState.UNKNOWN, editable=False
    )
    # The end of the certificate that was reported last, so that each is reported once.
    smtp_alerted_until = models.DateTimeField(null=True, blank=True, editable=False)
    # The beginnings of what has to open for the login, or that somebody has to sign in. The database makes it, so
    # that it is in step whoever writes the others, and finds by its index the few rows that lack a key.
    smtp_login_needs = models.GeneratedField(
        expression=_LOGIN_NEEDS,
        output_field=models.CharField(max_length=2 * BEGINNING),
        db_persist=True,
        db_index=True,
    )

    class Meta:
        abstract = True

    @property
    def smtp_certificate_days_left(self) -> int | None:
        """Whole days until the certificate that the last test saw ends, negative when it has."""
        until = self.smtp_certificate_until
        return None if until is None else days_left(as_aware(until))

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        errors: dict[str, Any] = {}
        try:
            super().clean_fields(exclude=exclude)
        except ValidationError as error:
            error.update_error_dict(errors)
        for name, message in self._input_errors():
            if name not in (exclude or ()):
                errors[name] = message
        if errors:
            raise ValidationError(errors)

    def _input_errors(self) -> Iterator[tuple[str, str]]:
        values = SMTPSettings(
            host=self.smtp_host or "",
            port=self.smtp_port,
            login=self.smtp_login or "",
            email=self.smtp_email or "",
        )
        for error in input_errors(values):
            # An account may be saved incomplete, and the password is no column.
            if error.code != Code.HOST_MISSING and error.field != "password":
                yield f"smtp_{error.field}", diagnosis.of_input(error, values).message
        sender = Sender(self.smtp_email or "", self.smtp_sender_name or "", self.smtp_reply_to or "")
        for error in sender.errors():
            yield f"smtp_{error.field}", diagnosis.of_input(error, values).message
        if self.smtp_auth == SMTPAuth.OAUTH:
            texts = {name: getattr(self, name) or "" for name in ("smtp_security", *OAUTH_COLUMNS)}
            for name, code in oauth_values.errors(texts):
                error = InputError(field=name.removeprefix("smtp_"), code=code)
                yield name, diagnosis.of_input(error, values).message
