"""Causes in an editor's words: every one has a sentence, and each sentence the facts that it needs."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation

from smtp_sandbox import Listener, on
from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp import connection_test, diagnosis
from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.diagnosis import reaching
from wagtail_partner_smtp.diagnosis import values as values_about
from wagtail_partner_smtp.smtp import Policy, SMTPSettings, session
from wagtail_partner_smtp.smtp.addresses import DEFAULT_PORTS
from wagtail_partner_smtp.smtp.errors import Code, Fact, SMTPError
from wagtail_partner_smtp.smtp.reply import Reply
from wagtail_partner_smtp.smtp.report import Suggestion
from wagtail_partner_smtp.smtp.settings import InputError, Stage

from ..smtp.accounts import DEADLINE, account, make_policy, policy_for
from ..smtp.conftest import serve
from ..smtp.peers import EHLO, WITH_AUTH, dialogue, drop, hang, raw

__all__ = ["serve"]

_NAMES = ("host", "port", "login", "password", "email", "security", "auth")
_OAUTH_NAMES = ("provider", "grant", "tenant", "client_id", "secret", "token_endpoint", "scopes")
FIELDS = {"", *(f"smtp_{name}" for name in _NAMES), *(f"smtp_oauth_{name}" for name in _OAUTH_NAMES)}
SETTINGS = SMTPSettings(host="mail.example.com", port=587, login="billing", password="x")
# What each sentence may name: the settings' facts are always there, the others come with the cause.
FACTS: dict[Code, dict[str, Fact]] = {
    Code.LOGIN_TOO_SOON: {"retry_after": "4"},
    Code.WRONG_SERVICE: {"service": "HTTP"},
    Code.SIZE_LIMIT_LOW: {"size": 500_000},
    Code.TEST_RECIPIENT_REFUSED: {"recipient": "ann@example.com"},
    Code.NO_COMMON_MECHANISM: {"offered": "NTLM"},
    Code.TOKEN_REFUSED: {"status": "invalid_token"},
    Code.CERTIFICATE_WRONG_HOST: {"names": "a.example", "issuer": "CA", "verify_code": 62},
    Code.CERTIFICATE_UNKNOWN_ISSUER: {"names": "a.example", "issuer": "CA", "verify_code": 20},
    Code.CERTIFICATE_CHAIN_INCOMPLETE: {"names": "a.example", "issuer": "CA", "verify_code": 20},
    Code.CERTIFICATE_ISSUER_INVALID: {"names": "a.example", "issuer": "CA", "verify_code": 79},
    Code.CERTIFICATE_INVALID: {"names": "a.example", "issuer": "CA", "verify_code": 1},
    Code.CERTIFICATE_NOT_VERIFIED: {"reason_text": "because"},
    Code.CERTIFICATE_EXPIRES_SOON: {"days": 3},
    Code.HOST_PORT_CONFLICT: {"pasted": 25},
    Code.HOST_CONFLICT: {"pasted": "mail.example.com"},
    Code.TRANSPORT_REPLACED: {"path": "some.Backend"},
    Code.INVISIBLE_CHARACTERS: {"characters": "U+200B"},
    Code.VALUE_TOO_LONG: {"limit": 255},
    Code.MESSAGE_INVALID: {"reason": "TypeError"},
    Code.HEADER_INVALID: {"header": "Bcc"},
    Code.HEADER_TOO_LONG: {"header": "References"},
    Code.TOKEN_OF_ANOTHER_MAILBOX: {"mailbox": "jane@example.org"},
    Code.OAUTH_HOST_NOT_ALLOWED: {"hosts": "smtp.example.com"},
    Code.OAUTH_ENDPOINT_UNREACHABLE: {"reason": "connection_refused"},
    Code.OAUTH_ENDPOINT_UNTRUSTED: {"reason": "certificate_expired"},
}
ALWAYS = {"host", "port", "login", "stage", "smtp_code"}

Case = Callable[[Served, Any], ConnectionReport]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "GREETING_GRACE", 0.1)


def placeholders(text: object) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", str(text)))


@pytest.mark.parametrize("code", list(Code))
def test_every_cause_has_a_sentence(code: Code) -> None:
    sentence = diagnosis.SENTENCES[code]
    assert str(sentence.message)
    assert sentence.field in FIELDS
    known = ALWAYS | FACTS.get(code, {}).keys()
    assert placeholders(sentence.message) | placeholders(sentence.hint) <= known
    assert "%" not in re.sub(r"%\(\w+\)s", "", str(sentence.message) + str(sentence.hint))


@pytest.mark.parametrize("code", list(Code))
def test_every_cause_is_said_at_any_stage(code: Code) -> None:
    reply = Reply(code=550, enhanced_code="5.7.1", text="5.7.1 no")
    for stage in (None, *Stage):
        error = SMTPError(code, stage=stage, reply=reply, facts=FACTS.get(code, {}))
        said = diagnosis.of_error(error, SETTINGS)
        assert said.message
        assert "%(" not in said.message + said.hint
        assert (said.code, said.smtp_code, said.enhanced_code) == (code.value, 550, "5.7.1")


def test_sentences_by_stage_are_of_stages_that_there_are() -> None:
    for (code, stage), sentence in reaching.BY_STAGE.items():
        assert (code in Code, stage in Stage, sentence.field in FIELDS) == (True, True, True)
        assert placeholders(sentence.message) | placeholders(sentence.hint) <= ALWAYS


@pytest.mark.parametrize("code", values_about.OF_A_MESSAGE)
def test_an_address_of_a_message_is_named(code: Code) -> None:
    facts: dict[str, Fact] = {"address": "jane@exa mple.com", "characters": "U+200B"}
    said = diagnosis.of_error(SMTPError(code, stage=Stage.RCPT, facts=facts), SETTINGS)
    assert "“jane@exa mple.com”" in said.message
    assert (said.field, "%(" in said.message + said.hint) == ("", False)


def at(profile: str, mode: str = "plain", *, policy: dict[str, Any] | None = None, **values: Any) -> Case:
    def run(smtp: Served, serve: Any) -> ConnectionReport:
        listener: Listener = smtp.listen(profile, mode=mode)  # type: ignore[arg-type]
        settings = account(listener, **values)
        return connection_test.run(settings, policy_for(listener, **(policy or {})))

    return run


def scripted(script: Any, *, timeout: float = PATIENCE, **values: Any) -> Case:
    def run(smtp: Served, serve: Any) -> ConnectionReport:
        server = serve(script)
        return connection_test.run(account(server, **values), make_policy(server.port, timeout=timeout))

    return run


def values(*networks: str, **changes: Any) -> Case:
    def run(smtp: Served, serve: Any) -> ConnectionReport:
        given = {"host": "localhost", "login": "u", "password": "p", "email": "a@b.example"} | changes
        return connection_test.run(SMTPSettings(**given), Policy(timeout=PATIENCE, allowed_networks=networks))

    return run


TOKEN: dict[str, Any] = {"password": "", "access_token": "t0ken", "security": "ssl"}
CASES: dict[str, tuple[Case, str]] = {
    "host_missing": (values(host=""), "smtp_host"),
    "host_invalid": (values(host="a b"), "smtp_host"),
    "port_invalid": (values(port=0), "smtp_port"),
    "control_characters": (values(login="a\nb"), "smtp_login"),
    "password_missing": (values(password=""), "smtp_password"),
    "email_invalid": (values(email="x"), "smtp_email"),
    "value_too_long": (values(login="u" * 256), "smtp_login"),
    "invisible_characters": (values(login="u\u200bser"), "smtp_login"),
    "address_not_allowed": (values(host="169.254.169.254"), "smtp_host"),
    "port_not_allowed": (values("10.0.0.1", host="10.0.0.1", port=2526), "smtp_port"),
    "connection_refused": (at("refuse"), "smtp_port"),
    "connection_filtered": (at("unroutable", policy={"timeout": DEADLINE}), "smtp_port"),
    "deadline_passed": (at("silent", policy={"timeout": DEADLINE}), "smtp_port"),
    "disconnected": (at("close"), "smtp_port"),
    "reply_unfinished": (at("drip", policy={"timeout": DEADLINE}), ""),
    "wrong_service": (at("ssh"), "smtp_port"),
    "not_smtp": (at("banner-garbage"), "smtp_port"),
    "reply_too_long": (at("endless"), "smtp_host"),
    "server_busy": (scripted(raw(b"421 4.3.0 no\r\n", then=drop)), ""),
    "server_refuses": (at("banner-554"), "smtp_host"),
    "ehlo_refused": (scripted(dialogue(EHLO=b"550 no\r\n", HELO=b"550 no\r\n")), "smtp_host"),
    "tls_not_spoken": (at("honest", "starttls", security="ssl"), "smtp_security"),
    "encryption_not_offered": (at("honest", security="ssl"), "smtp_port"),
    "tls_expected": (at("honest", "ssl", security="none"), "smtp_security"),
    "starttls_not_offered": (at("starttls-missing", "starttls"), "smtp_security"),
    "starttls_refused": (at("starttls-454", "starttls"), "smtp_security"),
    "starttls_injection": (at("starttls-inject", "starttls"), "smtp_security"),
    "tls_broken": (at("starttls-drop", "starttls"), "smtp_security"),
    "tls_version": (at("tls10-only", "ssl"), "smtp_host"),
    "tls_cipher": (at("no-shared-cipher", "ssl"), "smtp_host"),
    "client_certificate_required": (at("client-cert", "ssl"), "smtp_port"),
    "encryption_required": (
        scripted(dialogue(EHLO=WITH_AUTH, AUTH=b"538 5.7.11 no\r\n")),
        "smtp_security",
    ),
    "certificate_expired": (at("cert-expired", "starttls"), "smtp_host"),
    "certificate_not_yet_valid": (at("cert-not-yet", "starttls"), "smtp_host"),
    "certificate_wrong_host": (at("cert-wrong-host", "starttls"), "smtp_host"),
    "certificate_self_signed": (at("cert-self-signed", "starttls"), "smtp_host"),
    "certificate_unknown_issuer": (at("cert-untrusted", "starttls"), "smtp_host"),
    "certificate_chain_incomplete": (at("cert-missing-intermediate", "starttls"), "smtp_host"),
    "certificate_weak": (at("cert-weak-key", "starttls"), "smtp_host"),
    "certificate_wrong_purpose": (at("cert-wrong-purpose", "starttls"), "smtp_host"),
    "certificate_without_names": (at("cert-cn-only", "starttls"), "smtp_host"),
    "certificate_chain_expired": (at("cert-expired-intermediate", "starttls"), "smtp_host"),
    "certificate_chain_not_yet_valid": (at("cert-not-yet-intermediate", "starttls"), "smtp_host"),
    "certificate_issuer_invalid": (at("cert-not-a-ca", "starttls"), "smtp_host"),
    "certificate_changed": (at("cert-expired", "ssl", pinned_certificate="ab" * 32), "smtp_host"),
    "auth_failed": (at("auth-535"), "smtp_password"),
    "application_password_required": (at("auth-534"), "smtp_password"),
    "basic_auth_disabled": (
        scripted(dialogue(EHLO=WITH_AUTH, AUTH=b"535 5.7.139 no\r\n")),
        "smtp_login",
    ),
    "account_disabled": (scripted(dialogue(EHLO=WITH_AUTH, AUTH=b"525 5.7.13 no\r\n")), "smtp_login"),
    "auth_temporary": (at("auth-454"), ""),
    "connection_limit": (scripted(dialogue(EHLO=WITH_AUTH, AUTH=b"432 4.3.2 limit\r\n")), ""),
    "auth_rejected": (scripted(dialogue(EHLO=WITH_AUTH, AUTH=b"503 no\r\n")), "smtp_login"),
    "no_common_mechanism": (at("auth-no-common"), "smtp_login"),
    "server_not_authentic": (
        scripted(dialogue(EHLO=b"250-x\r\n250 AUTH SCRAM-SHA-256\r\n", AUTH=b"235 ok\r\n")),
        "smtp_host",
    ),
    "password_and_token": (values(**TOKEN | {"password": "p"}), "smtp_password"),
    "login_missing": (values(**TOKEN, login=""), "smtp_login"),
    "token_needs_encryption": (values(**TOKEN | {"security": "none"}), "smtp_security"),
    "token_not_supported": (at("honest", "ssl", **TOKEN), "smtp_host"),
    "token_too_long": (
        at("token-line-512", "ssl", **TOKEN | {"access_token": "x" * 60_000}),
        "smtp_login",
    ),
    "token_refused": (at("token-drop", "ssl", **TOKEN), "smtp_login"),
    "token_scope_missing": (at("token-scope", "starttls", **TOKEN | {"security": "tls"}), "smtp_login"),
    "mailbox_not_permitted": (at("token-not-permitted", "ssl", **TOKEN), "smtp_login"),
    "smtp_auth_disabled": (at("token-smtp-off", "starttls", **TOKEN | {"security": "tls"}), "smtp_login"),
}
WARNINGS: dict[str, tuple[Case, str]] = {
    "certificate_not_verified": (at("cert-wrong-host", "ssl"), "smtp_host"),
    "certificate_expires_soon": (at("cert-expires-soon", "ssl"), "smtp_host"),
    "stored_password_not_sent": (at("cert-expired", "ssl", password_typed=False), "smtp_password"),
    "token_not_sent": (at("cert-expired", "ssl", **TOKEN), ""),
    "login_not_tried": (at("cert-expired", "ssl", policy={"unverified_test": "no_login"}), ""),
    "auth_not_offered": (at("auth-none"), "smtp_login"),
    "cleartext_password": (at("honest"), "smtp_security"),
    "starttls_skipped": (
        at("starttls-missing", "starttls", policy={"opportunistic_starttls": True}),
        "smtp_security",
    ),
    "email_missing": (at("honest", email=""), "smtp_email"),
    "login_required": (at("auth-required", login="", password=""), "smtp_login"),
    "relay_refused": (scripted(dialogue(RCPT=b"554 5.7.1 no\r\n"), login="", password=""), "smtp_port"),
    "encryption_required": (at("starttls-required", "starttls", security="none"), "smtp_security"),
    "sender_refused": (scripted(dialogue(MAIL=b"550 5.1.7 no\r\n")), "smtp_email"),
    "sender_without_mailbox": (at("rcpt-550"), "smtp_email"),
    "sender_unknown": (at("rcpt-550", login="", password=""), "smtp_email"),
    "size_limit_low": (at("size-552"), "smtp_host"),
    "sender_not_owned": (at("mail-550"), "smtp_email"),
    "sender_temporary": (scripted(dialogue(EHLO=WITH_AUTH, RCPT=b"451 4.7.1 no\r\n")), ""),
    "greylisted": (at("mail-451"), ""),
    "smtputf8_required": (at("ehlo-minimal", email="zoë@b.example"), "smtp_email"),
}


def is_said_well(said: Any) -> None:
    assert len(said.message) > 10
    assert re.search(r"[.)]$", said.message)
    assert "%(" not in said.message + said.hint
    assert "()" not in said.message + said.hint
    assert "None" not in said.message + said.hint


@pytest.mark.parametrize(("code", "case", "field"), [(code, *each) for code, each in CASES.items()])
def test_a_real_failure_is_said(smtp: Served, serve: Any, code: str, case: Case, field: str) -> None:
    report = case(smtp, serve)
    assert report.error is not None
    assert (report.error.code, report.error.field) == (code, field)
    is_said_well(report.error)
    failed = [each for each in report.stages if each.status == "failed"]
    assert [(each.name, each.message) for each in failed] == [(report.error.stage, report.error.message)]
    assert all(each.message for each in report.stages)


@pytest.mark.parametrize(("code", "case", "field"), [(code, *each) for code, each in WARNINGS.items()])
def test_a_real_warning_is_said(smtp: Served, serve: Any, code: str, case: Case, field: str) -> None:
    report = case(smtp, serve)
    assert report.ok
    *_, warning = (each for each in report.warnings if each.code == code)
    assert warning.field == field
    is_said_well(warning)


def test_the_reason_why_a_certificate_is_not_trusted_is_in_the_warning(smtp: Served, serve: Any) -> None:
    (warning, *_) = at("cert-wrong-host", "ssl")(smtp, serve).warnings
    assert "(wrong-host.example)" in warning.message


def test_p24_a_failure_after_a_good_certificate_says_that_it_was_good(smtp: Served, serve: Any) -> None:
    report = at("cert-expired", "ssl", known_certificate="ab" * 32)(smtp, serve)
    assert report.error is not None
    assert report.error.previously_verified
    assert report.as_dict()["error"]["previously_verified"] is True
    assert not at("cert-expired", "starttls")(smtp, serve).error.previously_verified  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("script", "values", "words"),
    [
        (raw(b""), {}, "no mail server speaks there"),
        (dialogue(GREETING=drop), {}, "closed the connection at once"),
        (dialogue(EHLO=drop), {}, "(step: Greeting)"),
        (dialogue(EHLO=hang), {}, "(step: Greeting)"),
        (dialogue(EHLO=WITH_AUTH, AUTH=hang), {}, "did not answer the login in time"),
        (dialogue(EHLO=WITH_AUTH, AUTH=drop), {}, "closed the connection during the login"),
        (dialogue(MAIL=drop), {}, "(step: Sender)"),
        (dialogue(EHLO=EHLO, RCPT=hang), {}, "(step: Sender)"),
        (
            dialogue(EHLO=b"250-x\r\n250 STARTTLS\r\n", STARTTLS=raw(b"220 go\r\n")),
            {"security": "tls"},
            "(step: Encryption)",
        ),
    ],
)
def test_silence_and_hang_up_name_the_step(
    smtp: Served, serve: Any, script: Any, values: dict[str, Any], words: str
) -> None:
    report = scripted(script, timeout=DEADLINE, **values)(smtp, serve)
    assert report.error is not None
    assert words in report.error.message


def test_a_server_that_lies_about_tls_is_not_told_to_choose_tls(smtp: Served, serve: Any) -> None:
    error = at("starttls-lies", "starttls")(smtp, serve).error
    assert error is not None
    assert "promised TLS" in error.message
    assert "Choose TLS" not in error.hint


def test_a_suggestion_says_what_was_seen_and_when_to_type_the_password_again() -> None:
    suggestion = Suggestion(values={"smtp_port": 465, "smtp_security": "ssl"})
    error = SMTPError(Code.TLS_EXPECTED, stage=Stage.CONNECT)
    said = diagnosis.of_error(error, SETTINGS, suggestion)
    assert said.hint == (
        "mail.example.com answers on port 465 with SSL: use that. The saved password must then be typed again."
    )
    for nothing_saved in (
        SMTPSettings(host="mail.example.com", port=587),
        replace(SETTINGS, password_typed=True),
        replace(SETTINGS, password=""),
    ):
        assert diagnosis.of_error(error, nothing_saved, suggestion).hint.endswith("use that.")
    assert said.suggestion == {"smtp_port": 465, "smtp_security": "ssl"}


def test_bad_input_names_its_own_field() -> None:
    for field in ("host", "login", "password", "email"):
        said = diagnosis.of_input(InputError(field=field, code="control_characters"), SETTINGS)
        assert (said.field, said.stage) == (f"smtp_{field}", "settings")


def test_no_value_is_taken_for_a_placeholder() -> None:
    settings = SMTPSettings(host="%(login)s", login="%(port)s", password="x")
    said = diagnosis.of_error(SMTPError(Code.HOST_UNKNOWN), settings)
    assert said.message == "There is no server of the name %(login)s on the public internet."


@pytest.mark.parametrize(
    ("number", "code", "field"),
    [
        (socket.EAI_NONAME, "host_unknown", "smtp_host"),
        (socket.EAI_NODATA, "host_without_address", "smtp_host"),
        (socket.EAI_AGAIN, "dns_unavailable", ""),
    ],
)
def test_a_name_that_cannot_be_looked_up_is_said(
    monkeypatch: pytest.MonkeyPatch, number: int, code: str, field: str
) -> None:
    def getaddrinfo(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(number, "x")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    error = connection_test.run(SMTPSettings(host="mail.example.com"), Policy(timeout=PATIENCE)).error
    assert error is not None
    assert (error.code, error.field, error.stage) == (code, field, "resolve")
    assert "mail.example.com" in error.message


def test_every_stage_has_a_name() -> None:
    assert set(diagnosis.STAGE_NAMES) == set(Stage)


def test_a_refused_port_is_no_failed_look_up(smtp: Served) -> None:
    report = values("10.0.0.1", host="10.0.0.1", port=2526)(smtp, None)
    step = next(each for each in report.stages if each.status == "failed")
    assert (step.name, step.title) == ("resolve", "Allowed destination")


def test_sentences_are_translated_when_they_are_read() -> None:
    with translation.override("en"):
        assert str(diagnosis.SENTENCES[Code.AUTH_FAILED].message).startswith("The server does not accept")


def test_a_broken_quit_is_said_to_do_no_harm(smtp: Served) -> None:
    listener = smtp.listen(rules=(on("QUIT", drop="fin"),))
    report = connection_test.run(account(listener), policy_for(listener))
    assert (report.stages[-1].status, report.deliverable) == ("warning", True)
    assert "no harm" in report.stages[-1].message


@pytest.mark.parametrize("code", [Code.ADDRESS_NOT_ALLOWED, Code.PORT_NOT_ALLOWED])
def test_the_ports_of_an_entry_without_one_are_named(code: Code) -> None:
    hint = str(diagnosis.SENTENCES[code].hint)
    assert set(map(int, re.findall(r"[0-9]+", hint))) == DEFAULT_PORTS
