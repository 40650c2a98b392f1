"""Everything that can go wrong in a session, as one tree.

::

    SMTPError                     (smtplib.SMTPException, so OSError too)
    ├── SettingsError             (ValueError)  the values themselves
    ├── TokenError                no access token was to be had
    ├── AddressError              the name does not resolve, or to nothing that may be connected to
    ├── ConnectError              (ConnectionError)  refused, unreachable
    ├── DeadlineError             (TimeoutError)  no answer in time
    ├── DisconnectedError         (smtplib.SMTPServerDisconnected)  the server closed the connection
    ├── ProtocolError             what came is not SMTP, or too long
    ├── TLSError                  STARTTLS or the handshake
    │   └── CertificateError      the certificate cannot be verified
    ├── AuthError                 no way to log in
    └── ReplyError                (smtplib.SMTPResponseException)  the server refused
        ├── AuthenticationError   (smtplib.SMTPAuthenticationError)
        ├── SenderRefusedError    (smtplib.SMTPSenderRefused)
        ├── RecipientsRefusedError  (smtplib.SMTPRecipientsRefused)
        └── DataRefusedError      (smtplib.SMTPDataError)

Every error has a stable ``code`` (a ``Code``), the ``stage`` in which it happened and ``facts`` for the
sentence about it. Sentences are made elsewhere. The ``outcome`` of a delivery that failed tells what happened to
each recipient.
"""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .certificate import TLSFacts
    from .outcome import Outcome
    from .reply import Reply
    from .stages import Stage

Fact = str | int | bool

# The facts that an error's text names: which of many was meant.
_NAMED = ("address", "header", "partner")


class Code(StrEnum):
    """The stable names of every cause, for errors and warnings alike."""

    # the values themselves
    HOST_MISSING = "host_missing"
    HOST_INVALID = "host_invalid"
    HOST_IS_EMAIL = "host_is_email"
    HOST_IS_PORT = "host_is_port"
    SEVERAL_HOSTS = "several_hosts"
    SEVERAL_PORTS = "several_ports"
    HOST_PORT_CONFLICT = "host_port_conflict"
    HOST_CONFLICT = "host_conflict"
    PORT_INVALID = "port_invalid"
    SECURITY_INVALID = "security_invalid"
    CONTROL_CHARACTERS = "control_characters"
    EMAIL_INVALID = "email_invalid"
    EMAIL_MISSING = "email_missing"
    INVISIBLE_CHARACTERS = "invisible_characters"
    VALUE_TOO_LONG = "value_too_long"
    PASSWORD_MISSING = "password_missing"
    PASSWORD_UNREADABLE = "password_unreadable"
    OAUTH_UNAVAILABLE = "oauth_unavailable"
    OAUTH_TENANT_INVALID = "oauth_tenant_invalid"
    OAUTH_CHARACTERS_INVALID = "oauth_characters_invalid"
    OAUTH_SECRET_UNREADABLE = "oauth_secret_unreadable"
    OAUTH_TOKEN_UNREADABLE = "oauth_token_unreadable"
    OAUTH_ENDPOINT_INVALID = "oauth_endpoint_invalid"
    PASSWORD_AND_TOKEN = "password_and_token"
    LOGIN_MISSING = "login_missing"
    TOKEN_INVALID = "token_invalid"
    TOKEN_NEEDS_ENCRYPTION = "token_needs_encryption"
    TOKEN_AND_SOURCE = "token_and_source"
    REENTER_PASSWORD = "reenter_password"
    REENTER_OAUTH_SECRET = "reenter_oauth_secret"
    AUTH_METHOD_INVALID = "auth_method_invalid"
    BUSY = "busy"
    TOO_SOON = "too_soon"
    LOGIN_TOO_SOON = "login_too_soon"
    TEST_EMAIL_LIMIT = "test_email_limit"
    USER_EMAIL_MISSING = "user_email_missing"
    # access tokens: what is set, and where they come from
    OAUTH_PROVIDER_MISSING = "oauth_provider_missing"
    OAUTH_PROVIDER_UNKNOWN = "oauth_provider_unknown"
    OAUTH_CLIENT_ID_MISSING = "oauth_client_id_missing"
    OAUTH_SECRET_MISSING = "oauth_secret_missing"
    OAUTH_TENANT_MISSING = "oauth_tenant_missing"
    OAUTH_ENDPOINT_MISSING = "oauth_endpoint_missing"
    OAUTH_ENDPOINT_NOT_HTTPS = "oauth_endpoint_not_https"
    OAUTH_SCOPES_MISSING = "oauth_scopes_missing"
    OAUTH_HOST_NOT_ALLOWED = "oauth_host_not_allowed"
    OAUTH_KEY_INVALID = "oauth_key_invalid"
    OAUTH_NOT_CONNECTED = "oauth_not_connected"
    OAUTH_SOURCE_FAILED = "oauth_source_failed"
    OAUTH_ENDPOINT_NOT_ALLOWED = "oauth_endpoint_not_allowed"
    OAUTH_ENDPOINT_UNREACHABLE = "oauth_endpoint_unreachable"
    OAUTH_ENDPOINT_UNTRUSTED = "oauth_endpoint_untrusted"
    OAUTH_ENDPOINT_SLOW = "oauth_endpoint_slow"
    OAUTH_ENDPOINT_REDIRECTS = "oauth_endpoint_redirects"
    OAUTH_ANSWER_TOO_LONG = "oauth_answer_too_long"
    OAUTH_ANSWER_INVALID = "oauth_answer_invalid"
    # what the provider of the tokens says
    OAUTH_CLIENT_UNKNOWN = "oauth_client_unknown"
    OAUTH_CLIENT_REFUSED = "oauth_client_refused"
    OAUTH_CLIENT_EXPIRED = "oauth_client_expired"
    OAUTH_CLIENT_DISABLED = "oauth_client_disabled"
    OAUTH_CLIENT_NOT_ALLOWED = "oauth_client_not_allowed"
    OAUTH_DELEGATION_MISSING = "oauth_delegation_missing"
    OAUTH_TENANT_UNKNOWN = "oauth_tenant_unknown"
    OAUTH_MAILBOX_UNKNOWN = "oauth_mailbox_unknown"
    OAUTH_SCOPE_REFUSED = "oauth_scope_refused"
    OAUTH_CONSENT_MISSING = "oauth_consent_missing"
    OAUTH_CONSENT_EXPIRED = "oauth_consent_expired"
    OAUTH_CONSENT_REVOKED = "oauth_consent_revoked"
    OAUTH_CONSENT_REFUSED = "oauth_consent_refused"
    OAUTH_SIGN_IN_AGAIN = "oauth_sign_in_again"
    OAUTH_CLOCK_WRONG = "oauth_clock_wrong"
    OAUTH_PROVIDER_BUSY = "oauth_provider_busy"
    OAUTH_REFUSED = "oauth_refused"
    # the way to the server
    HOST_UNKNOWN = "host_unknown"
    HOST_WITHOUT_ADDRESS = "host_without_address"
    DNS_UNAVAILABLE = "dns_unavailable"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    PORT_NOT_ALLOWED = "port_not_allowed"
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_FILTERED = "connection_filtered"
    NETWORK_UNREACHABLE = "network_unreachable"
    DEADLINE_PASSED = "deadline_passed"
    DISCONNECTED = "disconnected"
    REPLY_UNFINISHED = "reply_unfinished"
    # what answers there
    WRONG_SERVICE = "wrong_service"
    NOT_SMTP = "not_smtp"
    REPLY_TOO_LONG = "reply_too_long"
    SERVER_BUSY = "server_busy"
    SERVER_REFUSES = "server_refuses"
    EHLO_REFUSED = "ehlo_refused"
    # encryption
    TLS_NOT_SPOKEN = "tls_not_spoken"
    TLS_EXPECTED = "tls_expected"
    ENCRYPTION_NOT_OFFERED = "encryption_not_offered"
    STARTTLS_NOT_OFFERED = "starttls_not_offered"
    STARTTLS_REFUSED = "starttls_refused"
    STARTTLS_INJECTION = "starttls_injection"
    TLS_BROKEN = "tls_broken"
    TLS_VERSION = "tls_version"
    TLS_CIPHER = "tls_cipher"
    CLIENT_CERTIFICATE_REQUIRED = "client_certificate_required"
    ENCRYPTION_REQUIRED = "encryption_required"
    # certificates
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CERTIFICATE_WRONG_HOST = "certificate_wrong_host"
    CERTIFICATE_WITHOUT_NAMES = "certificate_without_names"
    CERTIFICATE_SELF_SIGNED = "certificate_self_signed"
    CERTIFICATE_UNKNOWN_ISSUER = "certificate_unknown_issuer"
    CERTIFICATE_CHAIN_INCOMPLETE = "certificate_chain_incomplete"
    CERTIFICATE_CHAIN_EXPIRED = "certificate_chain_expired"
    CERTIFICATE_CHAIN_NOT_YET_VALID = "certificate_chain_not_yet_valid"
    CERTIFICATE_ISSUER_INVALID = "certificate_issuer_invalid"
    CERTIFICATE_WEAK = "certificate_weak"
    CERTIFICATE_WRONG_PURPOSE = "certificate_wrong_purpose"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_INVALID = "certificate_invalid"
    CERTIFICATE_CHANGED = "certificate_changed"
    AUTHORITIES_UNREADABLE = "authorities_unreadable"
    # login
    AUTH_FAILED = "auth_failed"
    LOGIN_UNKNOWN = "login_unknown"
    PASSWORD_EXPIRED = "password_expired"
    APPLICATION_PASSWORD_REQUIRED = "application_password_required"
    BROWSER_SIGN_IN_REQUIRED = "browser_sign_in_required"
    BASIC_AUTH_DISABLED = "basic_auth_disabled"
    LOGIN_AGAINST_POLICY = "login_against_policy"
    SMTP_OFF_FOR_ORGANISATION = "smtp_off_for_organisation"
    SMTP_OFF_FOR_MAILBOX = "smtp_off_for_mailbox"
    SMTP_OFF_FOR_ACCOUNT = "smtp_off_for_account"
    LICENCE_MISSING = "licence_missing"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_LOCKED = "account_locked"
    ACCOUNT_SUSPENDED = "account_suspended"
    MECHANISM_NOT_ALLOWED = "mechanism_not_allowed"
    AUTH_TEMPORARY = "auth_temporary"
    AUTH_REJECTED = "auth_rejected"
    CONNECTION_LIMIT = "connection_limit"
    NO_COMMON_MECHANISM = "no_common_mechanism"
    SERVER_NOT_AUTHENTIC = "server_not_authentic"
    TOKEN_NOT_SUPPORTED = "token_not_supported"
    TOKEN_TOO_LONG = "token_too_long"
    TOKEN_REFUSED = "token_refused"
    TOKEN_SCOPE_MISSING = "token_scope_missing"
    TOKEN_OF_ANOTHER_MAILBOX = "token_of_another_mailbox"
    MAILBOX_NOT_PERMITTED = "mailbox_not_permitted"
    SMTP_AUTH_DISABLED = "smtp_auth_disabled"
    # the site
    SITE_IP_NOT_ALLOWED = "site_ip_not_allowed"
    SITE_IP_BLOCKED = "site_ip_blocked"
    SITE_IP_WITHOUT_NAME = "site_ip_without_name"
    EHLO_NAME_REFUSED = "ehlo_name_refused"
    # limits
    QUOTA_PER_DAY = "quota_per_day"
    QUOTA_PER_HOUR = "quota_per_hour"
    QUOTA_REACHED = "quota_reached"
    SENDING_TOO_FAST = "sending_too_fast"
    TOO_MANY_RECIPIENTS = "too_many_recipients"
    GREYLISTED = "greylisted"
    # sending
    LOGIN_REQUIRED = "login_required"
    RELAY_REFUSED = "relay_refused"
    SENDER_REFUSED = "sender_refused"
    SENDER_UNKNOWN = "sender_unknown"
    SENDER_NOT_OWNED = "sender_not_owned"
    SENDER_NOT_VERIFIED = "sender_not_verified"
    SENDER_DOMAIN_NOT_VERIFIED = "sender_domain_not_verified"
    SENDER_DOMAIN_UNKNOWN = "sender_domain_unknown"
    SENDER_BLOCKED = "sender_blocked"
    SENDER_NOT_AUTHENTIC = "sender_not_authentic"
    SENDER_TEMPORARY = "sender_temporary"
    RECIPIENTS_REFUSED = "recipients_refused"
    RECIPIENT_UNKNOWN = "recipient_unknown"
    RECIPIENT_MAILBOX_FULL = "recipient_mailbox_full"
    RECIPIENT_NOT_ALLOWED = "recipient_not_allowed"
    DATA_REFUSED = "data_refused"
    CONTENT_REFUSED = "content_refused"
    CONTENT_MALFORMED = "content_malformed"
    MESSAGE_TOO_LARGE = "message_too_large"
    MESSAGE_INVALID = "message_invalid"
    HEADER_INVALID = "header_invalid"
    HEADER_TOO_LONG = "header_too_long"
    SMTPUTF8_REQUIRED = "smtputf8_required"
    OUTCOME_UNKNOWN = "outcome_unknown"
    PARTNER_MISSING = "partner_missing"
    PARTNER_INACTIVE = "partner_inactive"
    WRONG_MAILER = "wrong_mailer"
    # warnings only
    CERTIFICATE_NOT_VERIFIED = "certificate_not_verified"
    CERTIFICATE_EXPIRES_SOON = "certificate_expires_soon"
    CERTIFICATE_PINNED = "certificate_pinned"
    STORED_PASSWORD_NOT_SENT = "stored_password_not_sent"
    TOKEN_NOT_SENT = "token_not_sent"
    LOGIN_NOT_TRIED = "login_not_tried"
    AUTH_NOT_OFFERED = "auth_not_offered"
    RELAY_NOT_TRIED = "relay_not_tried"
    TEST_RECIPIENT_REFUSED = "test_recipient_refused"
    CLEARTEXT_PASSWORD = "cleartext_password"
    SENDER_WITHOUT_MAILBOX = "sender_without_mailbox"
    SIZE_LIMIT_LOW = "size_limit_low"
    STARTTLS_SKIPPED = "starttls_skipped"
    TRANSPORT_REPLACED = "transport_replaced"
    # ours
    INTERNAL_ERROR = "internal_error"


class SMTPError(smtplib.SMTPException):
    """Base of all errors of a session."""

    def __init__(
        self,
        code: Code,
        *,
        stage: Stage | None = None,
        reply: Reply | None = None,
        tls: TLSFacts | None = None,
        facts: Mapping[str, Fact] = MappingProxyType({}),
    ) -> None:
        # Not super(): smtplib's response errors take other arguments.
        Exception.__init__(self, str(code))
        self.code = code
        self.stage = stage
        self.reply = reply
        self.tls = tls
        self.facts = facts
        self.outcome: Outcome | None = None

    @property
    def words(self) -> str:
        """What the other side said, cleaned and redacted; "" if it said nothing."""
        return str(self.reply or self.facts.get("said", ""))

    def __str__(self) -> str:
        where = f" at {self.stage}" if self.stage else ""
        named = next((self.facts[name] for name in _NAMED if name in self.facts), None)
        said = self.reply or named
        return f"{self.code}{where}{f': {said}' if said else ''}"


class SettingsError(SMTPError, ValueError):
    """The values themselves cannot be used."""


class TokenError(SMTPError):
    """No access token was to be had: ``facts["said"]`` are the provider's own words, cleaned."""


class AddressError(SMTPError):
    """The host has no address, or none that may be connected to."""


class ConnectError(SMTPError, ConnectionError):
    """Nothing accepts the connection."""


class DeadlineError(SMTPError, TimeoutError):
    """The server did not answer in time."""


class DisconnectedError(SMTPError, smtplib.SMTPServerDisconnected):
    """The server closed the connection."""


class ProtocolError(SMTPError):
    """What the server sent is not SMTP."""


class TLSError(SMTPError):
    """No encrypted connection came about."""


class CertificateError(TLSError):
    """The certificate cannot be verified. ``verify_code`` is OpenSSL's X509_V_ERR number."""

    @property
    def verify_code(self) -> int:
        return int(self.facts.get("verify_code", 0))


class AuthError(SMTPError):
    """There is no way to log in on this server."""


class ReplyError(SMTPError, smtplib.SMTPResponseException):
    """The server refused. ``smtp_code`` and ``smtp_error`` are smtplib's attributes."""

    reply: Reply

    def __init__(
        self,
        code: Code,
        reply: Reply,
        *,
        stage: Stage | None = None,
        facts: Mapping[str, Fact] = MappingProxyType({}),
    ) -> None:
        SMTPError.__init__(self, code, stage=stage, reply=reply, facts=facts)
        self.smtp_code = reply.code
        self.smtp_error = reply.text.encode()

    def name_cause(self, code: Code, facts: Mapping[str, Fact]) -> None:
        """Say more exactly what the refusal means."""
        self.code, self.args = code, (str(code),)  # type: ignore[assignment]
        self.facts = {**self.facts, **facts}
        self.reply = replace(self.reply, heard="")


class AuthenticationError(ReplyError, smtplib.SMTPAuthenticationError):
    """The login was refused."""


class SenderRefusedError(ReplyError, smtplib.SMTPSenderRefused):
    """MAIL FROM was refused. ``sender`` is the address, as in smtplib."""

    def __init__(self, code: Code, reply: Reply, sender: str, *, stage: Stage | None = None) -> None:
        ReplyError.__init__(self, code, reply, stage=stage)
        self.sender = sender


class RecipientsRefusedError(ReplyError, smtplib.SMTPRecipientsRefused):  # type: ignore[misc]
    """Every recipient was refused. ``refused`` maps each to the server's reply, ``recipients`` as in smtplib."""

    def __init__(self, code: Code, refused: Mapping[str, Reply], *, stage: Stage | None = None) -> None:
        ReplyError.__init__(self, code, next(iter(refused.values())), stage=stage)
        self.refused = refused
        self.recipients = {address: (reply.code, reply.text.encode()) for address, reply in refused.items()}

    def name_cause(self, code: Code, facts: Mapping[str, Fact]) -> None:
        super().name_cause(code, facts)
        self.refused = {address: replace(reply, heard="") for address, reply in self.refused.items()}


class DataRefusedError(ReplyError, smtplib.SMTPDataError):
    """The message itself was refused."""
