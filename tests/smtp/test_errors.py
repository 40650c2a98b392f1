"""One exception tree, that callers of smtplib and the standard library know."""

from __future__ import annotations

import pickle
import smtplib

import pytest

from wagtail_partner_smtp.smtp import errors
from wagtail_partner_smtp.smtp.errors import Code, SMTPError
from wagtail_partner_smtp.smtp.reply import Reply
from wagtail_partner_smtp.smtp.settings import Stage

REPLY = Reply(code=550, enhanced_code="5.7.1", text="5.7.1 No, ünder no circumstances")
TREE: dict[type[SMTPError], tuple[type[Exception], ...]] = {
    errors.SettingsError: (ValueError,),
    errors.AddressError: (OSError,),
    errors.ConnectError: (ConnectionError,),
    errors.DeadlineError: (TimeoutError,),
    errors.DisconnectedError: (smtplib.SMTPServerDisconnected,),
    errors.ProtocolError: (OSError,),
    errors.TLSError: (OSError,),
    errors.CertificateError: (errors.TLSError,),
    errors.AuthError: (OSError,),
}
REFUSALS: dict[type[errors.ReplyError], type[Exception]] = {
    errors.ReplyError: smtplib.SMTPResponseException,
    errors.AuthenticationError: smtplib.SMTPAuthenticationError,
    errors.DataRefusedError: smtplib.SMTPDataError,
}


@pytest.mark.parametrize(("kind", "standard"), TREE.items())
def test_an_error_is_also_the_standard_one(
    kind: type[SMTPError], standard: tuple[type[Exception], ...]
) -> None:
    error = kind(Code.DISCONNECTED, stage=Stage.EHLO)
    assert isinstance(error, (smtplib.SMTPException, OSError))
    assert all(isinstance(error, each) for each in standard)
    assert (str(error), error.code, error.stage) == ("disconnected at ehlo", Code.DISCONNECTED, Stage.EHLO)


@pytest.mark.parametrize(("kind", "standard"), REFUSALS.items())
def test_a_refusal_is_also_smtplib_s(kind: type[errors.ReplyError], standard: type[Exception]) -> None:
    error = kind(Code.DATA_REFUSED, REPLY, stage=Stage.DATA)
    assert isinstance(error, standard)
    assert (error.smtp_code, error.smtp_error) == (550, REPLY.text.encode())
    assert str(error) == "data_refused at data: 550 5.7.1 No, ünder no circumstances"


def test_refused_senders_and_recipients_have_smtplib_s_attributes() -> None:
    sender = errors.SenderRefusedError(Code.SENDER_REFUSED, REPLY, "a@b")
    assert isinstance(sender, smtplib.SMTPSenderRefused)
    assert (sender.sender, sender.smtp_code) == ("a@b", 550)
    recipients = errors.RecipientsRefusedError(Code.RECIPIENTS_REFUSED, {"c@d": REPLY})
    assert isinstance(recipients, smtplib.SMTPRecipientsRefused)
    assert recipients.recipients == {"c@d": (550, REPLY.text.encode())}


def test_the_repr_is_the_code_alone() -> None:
    error = errors.AuthenticationError(Code.AUTH_FAILED, REPLY)
    assert repr(error) == "AuthenticationError('auth_failed')"


def test_a_certificate_error_has_openssl_s_number() -> None:
    assert errors.CertificateError(Code.CERTIFICATE_EXPIRED, facts={"verify_code": 10}).verify_code == 10


def test_codes_are_stable_names() -> None:
    assert all(code.value == code.name.lower() for code in Code)
    assert pickle.loads(pickle.dumps(Code.AUTH_FAILED)) is Code.AUTH_FAILED  # noqa: S301
