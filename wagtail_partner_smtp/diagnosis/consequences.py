"""From a cause to its consequence: the one place that decides what an error means for waiting mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from ..smtp.errors import Code, SMTPError
from ..smtp.reply import Reply
from ..smtp.stages import Stage

__all__ = ["BY_CODE", "Consequence", "blames_account", "consequence", "outlasts_tests", "wants_less"]


class Consequence(StrEnum):
    """What to do about a message, or about all mail of its partner."""

    RETRY_SOON = "retry_soon"  # this message, after a while; the partner's others go on
    RETRY_LATER = "retry_later"  # nothing of this partner for a while
    STOP_PARTNER = "stop_partner"  # nothing of this partner until somebody corrects its account
    FAIL_MESSAGE = "fail_message"  # this message never
    FAIL_RECIPIENT = "fail_recipient"  # this recipient never


_CODES: dict[Consequence, tuple[Code, ...]] = {
    Consequence.RETRY_SOON: (
        Code.BUSY,
        Code.TOO_SOON,
        Code.LOGIN_TOO_SOON,
        Code.TEST_EMAIL_LIMIT,
        Code.SENDER_TEMPORARY,
        Code.GREYLISTED,
        Code.RECIPIENT_MAILBOX_FULL,
    ),
    # Nobody answers, or nobody who would take this partner's mail now.
    Consequence.RETRY_LATER: (
        Code.HOST_UNKNOWN,
        Code.HOST_WITHOUT_ADDRESS,
        Code.DNS_UNAVAILABLE,
        Code.CONNECTION_REFUSED,
        Code.CONNECTION_FILTERED,
        Code.NETWORK_UNREACHABLE,
        Code.DEADLINE_PASSED,
        Code.DISCONNECTED,
        Code.REPLY_UNFINISHED,
        Code.NOT_SMTP,
        Code.REPLY_TOO_LONG,
        Code.SERVER_BUSY,
        Code.SERVER_REFUSES,
        Code.EHLO_REFUSED,
        Code.TLS_BROKEN,
        Code.AUTHORITIES_UNREADABLE,
        Code.AUTH_TEMPORARY,
        Code.ACCOUNT_LOCKED,
        Code.CONNECTION_LIMIT,
        Code.QUOTA_PER_DAY,
        Code.QUOTA_PER_HOUR,
        Code.QUOTA_REACHED,
        Code.SENDING_TOO_FAST,
        # Changing the account corrects none of these.
        Code.OAUTH_SOURCE_FAILED,
        Code.OAUTH_ENDPOINT_UNREACHABLE,
        Code.OAUTH_ENDPOINT_SLOW,
        Code.OAUTH_ANSWER_TOO_LONG,
        Code.OAUTH_ANSWER_INVALID,
        Code.OAUTH_CLOCK_WRONG,
        Code.OAUTH_PROVIDER_BUSY,
    ),
    # The account, its domain or the site has to be corrected first.
    Consequence.STOP_PARTNER: (
        Code.HOST_MISSING,
        Code.HOST_INVALID,
        Code.HOST_IS_EMAIL,
        Code.HOST_IS_PORT,
        Code.SEVERAL_HOSTS,
        Code.SEVERAL_PORTS,
        Code.HOST_PORT_CONFLICT,
        Code.HOST_CONFLICT,
        Code.PORT_INVALID,
        Code.SECURITY_INVALID,
        Code.CONTROL_CHARACTERS,
        Code.EMAIL_INVALID,
        Code.EMAIL_MISSING,
        Code.INVISIBLE_CHARACTERS,
        Code.VALUE_TOO_LONG,
        Code.PASSWORD_MISSING,
        Code.PASSWORD_UNREADABLE,
        Code.REENTER_PASSWORD,
        Code.REENTER_OAUTH_SECRET,
        Code.AUTH_METHOD_INVALID,
        Code.OAUTH_PROVIDER_MISSING,
        Code.OAUTH_UNAVAILABLE,
        Code.OAUTH_TENANT_INVALID,
        Code.OAUTH_CHARACTERS_INVALID,
        Code.OAUTH_SECRET_UNREADABLE,
        Code.OAUTH_TOKEN_UNREADABLE,
        Code.OAUTH_ENDPOINT_INVALID,
        Code.ADDRESS_NOT_ALLOWED,
        Code.PORT_NOT_ALLOWED,
        Code.WRONG_SERVICE,
        Code.TLS_NOT_SPOKEN,
        Code.TLS_EXPECTED,
        Code.ENCRYPTION_NOT_OFFERED,
        Code.STARTTLS_NOT_OFFERED,
        Code.STARTTLS_REFUSED,
        Code.STARTTLS_INJECTION,
        Code.TLS_VERSION,
        Code.TLS_CIPHER,
        Code.CLIENT_CERTIFICATE_REQUIRED,
        Code.ENCRYPTION_REQUIRED,
        *(code for code in Code if code.name.startswith("CERTIFICATE_")),
        Code.AUTH_FAILED,
        Code.LOGIN_UNKNOWN,
        Code.PASSWORD_EXPIRED,
        Code.APPLICATION_PASSWORD_REQUIRED,
        Code.BROWSER_SIGN_IN_REQUIRED,
        Code.BASIC_AUTH_DISABLED,
        Code.LOGIN_AGAINST_POLICY,
        Code.SMTP_OFF_FOR_ORGANISATION,
        Code.SMTP_OFF_FOR_MAILBOX,
        Code.SMTP_OFF_FOR_ACCOUNT,
        Code.LICENCE_MISSING,
        Code.ACCOUNT_DISABLED,
        Code.ACCOUNT_SUSPENDED,
        Code.MECHANISM_NOT_ALLOWED,
        Code.AUTH_REJECTED,
        Code.PASSWORD_AND_TOKEN,
        Code.LOGIN_MISSING,
        Code.TOKEN_INVALID,
        Code.TOKEN_NEEDS_ENCRYPTION,
        Code.TOKEN_AND_SOURCE,
        Code.OAUTH_PROVIDER_UNKNOWN,
        Code.OAUTH_CLIENT_ID_MISSING,
        Code.OAUTH_SECRET_MISSING,
        Code.OAUTH_TENANT_MISSING,
        Code.OAUTH_ENDPOINT_MISSING,
        Code.OAUTH_ENDPOINT_NOT_HTTPS,
        Code.OAUTH_SCOPES_MISSING,
        Code.OAUTH_HOST_NOT_ALLOWED,
        Code.OAUTH_KEY_INVALID,
        Code.OAUTH_NOT_CONNECTED,
        Code.OAUTH_ENDPOINT_NOT_ALLOWED,
        Code.OAUTH_ENDPOINT_UNTRUSTED,
        Code.OAUTH_ENDPOINT_REDIRECTS,
        Code.OAUTH_CLIENT_UNKNOWN,
        Code.OAUTH_CLIENT_REFUSED,
        Code.OAUTH_CLIENT_EXPIRED,
        Code.OAUTH_CLIENT_DISABLED,
        Code.OAUTH_CLIENT_NOT_ALLOWED,
        Code.OAUTH_DELEGATION_MISSING,
        Code.OAUTH_TENANT_UNKNOWN,
        Code.OAUTH_MAILBOX_UNKNOWN,
        Code.OAUTH_SCOPE_REFUSED,
        Code.OAUTH_CONSENT_MISSING,
        Code.OAUTH_CONSENT_EXPIRED,
        Code.OAUTH_CONSENT_REVOKED,
        Code.OAUTH_CONSENT_REFUSED,
        Code.OAUTH_SIGN_IN_AGAIN,
        Code.OAUTH_REFUSED,
        Code.TOKEN_NOT_SUPPORTED,
        Code.TOKEN_TOO_LONG,
        Code.TOKEN_REFUSED,
        Code.TOKEN_SCOPE_MISSING,
        Code.TOKEN_OF_ANOTHER_MAILBOX,
        Code.MAILBOX_NOT_PERMITTED,
        Code.SMTP_AUTH_DISABLED,
        Code.NO_COMMON_MECHANISM,
        Code.AUTH_NOT_OFFERED,
        Code.LOGIN_NOT_TRIED,
        Code.STORED_PASSWORD_NOT_SENT,
        Code.TOKEN_NOT_SENT,
        Code.SERVER_NOT_AUTHENTIC,
        Code.LOGIN_REQUIRED,
        Code.SITE_IP_NOT_ALLOWED,
        Code.SITE_IP_BLOCKED,
        Code.SITE_IP_WITHOUT_NAME,
        Code.EHLO_NAME_REFUSED,
        Code.SENDER_NOT_OWNED,
        Code.SENDER_UNKNOWN,
        Code.SENDER_NOT_VERIFIED,
        Code.SENDER_DOMAIN_NOT_VERIFIED,
        Code.SENDER_DOMAIN_UNKNOWN,
        Code.SENDER_NOT_AUTHENTIC,
        Code.SENDER_BLOCKED,
    ),
    Consequence.FAIL_RECIPIENT: (
        Code.RECIPIENTS_REFUSED,
        Code.RECIPIENT_UNKNOWN,
        Code.RECIPIENT_NOT_ALLOWED,
        Code.RELAY_REFUSED,
    ),
}


def _by_code() -> Iterator[tuple[Code, Consequence]]:
    for code in Code:
        yield code, Consequence.FAIL_MESSAGE
    for meant, codes in _CODES.items():
        yield from ((code, meant) for code in codes)


BY_CODE: Mapping[Code, Consequence] = MappingProxyType(dict(_by_code()))
"""Of every code; what is not named above is the message's own fault."""

_WAITS = {Consequence.RETRY_SOON, Consequence.RETRY_LATER}
_IN_A_MESSAGE = {Stage.MAIL, Stage.RCPT, Stage.DATA}
# What a server asks of everybody, whichever recipient it says it to.
_OF_ALL = {
    Code.ENCRYPTION_REQUIRED,
    Code.LOGIN_REQUIRED,
    Code.EHLO_NAME_REFUSED,
    Code.SITE_IP_NOT_ALLOWED,
    Code.SITE_IP_BLOCKED,
    Code.SITE_IP_WITHOUT_NAME,
    Code.ACCOUNT_SUSPENDED,
    Code.SENDER_DOMAIN_UNKNOWN,
}
# Waiting does not help against these, even if the reply is 4xx.
_LASTING = {
    Code.AUTH_FAILED,
    Code.LOGIN_UNKNOWN,
    Code.PASSWORD_EXPIRED,
    Code.APPLICATION_PASSWORD_REQUIRED,
    Code.BROWSER_SIGN_IN_REQUIRED,
    Code.BASIC_AUTH_DISABLED,
    Code.LOGIN_AGAINST_POLICY,
    Code.SMTP_OFF_FOR_ORGANISATION,
    Code.SMTP_OFF_FOR_MAILBOX,
    Code.SMTP_OFF_FOR_ACCOUNT,
    Code.LICENCE_MISSING,
    Code.ACCOUNT_DISABLED,
    Code.MECHANISM_NOT_ALLOWED,
    Code.LOGIN_REQUIRED,
    Code.EHLO_NAME_REFUSED,
    Code.SENDER_NOT_OWNED,
    Code.SENDER_NOT_VERIFIED,
    Code.SENDER_DOMAIN_NOT_VERIFIED,
}
# How many mails or sessions at a time.
_OF_PACE = {Code.CONNECTION_LIMIT, Code.SENDING_TOO_FAST}
# What is about one message or one recipient, whatever else 451 and 452 may mean.
_OF_THIS_ONE = {Code.GREYLISTED, Code.RECIPIENT_MAILBOX_FULL}


def consequence(error: SMTPError) -> Consequence:
    """What is to be done about the message, or about all mail of its partner.

    Mail is never given up for what the server calls temporary (RFC 5321 4.2.1): it is tried again, or waits for
    the account to be corrected if time alone does not help.
    """
    if "address" in error.facts:
        return Consequence.FAIL_MESSAGE
    meant = BY_CODE[error.code]
    reply = error.reply
    if reply is None:
        # The server stopped answering during a message that it surely did not take.
        is_within = error.stage in _IN_A_MESSAGE and meant is Consequence.RETRY_LATER
        return Consequence.RETRY_SOON if is_within else meant
    if reply.temporary:
        return _of_temporary(error, meant, reply)
    if error.stage is Stage.RCPT and meant not in _WAITS and error.code not in _OF_ALL:
        # Even if it is refused in words about the sender: others may be taken.
        return Consequence.FAIL_RECIPIENT
    if meant is Consequence.RETRY_SOON:
        # What is said with 5xx does not pass soon: trying again at once would be taken ill.
        return Consequence.FAIL_RECIPIENT if error.stage is Stage.RCPT else Consequence.RETRY_LATER
    return meant


def _of_temporary(error: SMTPError, meant: Consequence, reply: Reply) -> Consequence:
    about_one = error.stage is Stage.RCPT and error.code not in _OF_ALL
    if error.code in _LASTING and not about_one:
        return Consequence.STOP_PARTNER
    if error.code in _OF_THIS_ONE:
        return Consequence.RETRY_SOON
    waits_for_all = meant is Consequence.RETRY_LATER or wants_less(reply, error.stage)
    within = error.stage in _IN_A_MESSAGE
    return Consequence.RETRY_LATER if waits_for_all or not within else Consequence.RETRY_SOON


def blames_account(code: Code, meant: Consequence | None) -> bool:
    """Whether the account or its server is at fault, not the one mail: the next one would fare no better.

    Whoever asks for less at a time takes the mail all the same.
    """
    if code in _OF_PACE or code is Code.HOST_MISSING:
        return False
    return code is Code.RELAY_REFUSED or meant in {Consequence.RETRY_LATER, Consequence.STOP_PARTNER}


def outlasts_tests(code: Code, stage: str, meant: Consequence | None) -> bool:
    """Whether a connection test cannot refute it: time does not heal it, and no test goes so far."""
    is_lasting = code is Code.RELAY_REFUSED or meant is Consequence.STOP_PARTNER
    return is_lasting and stage in {Stage.RCPT, Stage.DATA}


def wants_less(reply: Reply, stage: Stage | None) -> bool:
    """Whether a server wants less mail, or fewer sessions: 421, 432, 451 4.7.x, and 452 unless of a recipient.

    Of a recipient 452 is about the mailbox or about the number of recipients (RFC 5321 4.5.3.1.10).
    """
    if reply.code in {421, 432} or (reply.code == 451 and reply.enhanced_code.startswith("4.7.")):
        return True
    return reply.code == 452 and stage is not Stage.RCPT
