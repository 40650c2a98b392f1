"""What smtplib makes of a listener, in a few words."""

from __future__ import annotations

import re
import smtplib
import ssl

from smtp_sandbox import Listener

RECIPIENTS = ["b@example.org", "unknown@example.org"]
MESSAGE = "From: a@example.org\r\nTo: b@example.org\r\nSubject: Hello\r\n\r\n" + "A line of text\r\n" * 100


def outcome(listener: Listener, timeout: float) -> str:
    """Connect, encrypt, log in if that is offered, and send three messages to two recipients."""
    try:
        with _connected(listener, timeout) as client:
            if client.has_extn("auth"):
                client.login("user", "pass")
            return _sent([client.sendmail("a@example.org", RECIPIENTS, MESSAGE) for _ in range(3)])
    except (OSError, smtplib.SMTPException) as error:
        return _described(error)


def _connected(listener: Listener, timeout: float) -> smtplib.SMTP:
    context = listener.client_context()
    # The address rather than the name: a name would be tried as IPv6 too.
    host = "127.0.0.1" if listener.profile.reach == "unroutable" else listener.host
    if listener.mode == "ssl":
        client: smtplib.SMTP = smtplib.SMTP_SSL(host, listener.port, timeout=timeout, context=context)
    else:
        client = smtplib.SMTP(host, listener.port, timeout=timeout)
    try:
        if listener.mode == "starttls":
            client.starttls(context=context)
        client.ehlo_or_helo_if_needed()
    except BaseException:
        client.close()
        raise
    return client


def _sent(refusals: list[dict[str, tuple[int, bytes]]]) -> str:
    codes = sorted({str(code) for refused in refusals for code, _ in refused.values()})
    return " ".join(["ok", *codes])


def _described(error: OSError | smtplib.SMTPException) -> str:
    if isinstance(error, ssl.SSLZeroReturnError):
        # What Python before 3.11.4 makes of a connection that ends in the handshake.
        return "SSLEOFError"
    if isinstance(error, ssl.SSLCertVerificationError):
        detail = str(error.verify_code)
    elif isinstance(error, smtplib.SMTPRecipientsRefused):
        detail = " ".join(sorted({str(code) for code, _ in error.recipients.values()}))
    elif isinstance(error, smtplib.SMTPResponseException):
        detail = str(error.smtp_code)
    else:
        detail = _reason(error)
    return f"{type(error).__name__} {detail}".strip()


def _reason(error: OSError | smtplib.SMTPException) -> str:
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "" if isinstance(error, TimeoutError) else "timed out"
    if isinstance(error, ssl.SSLEOFError):
        return ""
    found = re.search(r"\[SSL: (\w+)\]", str(error))
    return found.group(1) if found else ""
