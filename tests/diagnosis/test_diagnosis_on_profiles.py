"""What an editor is told about every server that the sandbox can be, and whether the remedy helps."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from smtp_sandbox import MODES, PROFILES, Listener, on
from smtp_sandbox.pytest_plugin import Served
from tests.support.paths import DOCS
from tests.support.stopwatch import PATIENCE, Stopwatch
from wagtail_partner_smtp import connection_test, diagnosis
from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.diagnosis import reaching, values
from wagtail_partner_smtp.diagnosis.sentence import Sentence
from wagtail_partner_smtp.smtp import Policy, SMTPSettings, inspector, probe, session
from wagtail_partner_smtp.smtp.errors import Code, SMTPError
from wagtail_partner_smtp.smtp.inspector import worth_a_look
from wagtail_partner_smtp.smtp.limits import Limits
from wagtail_partner_smtp.smtp.settings import Stage

from ..smtp.accounts import DEADLINE, account, make_policy, make_session
from ..smtp.conftest import serve
from ..smtp.peers import WITH_AUTH, dialogue, raw
from ..support.outcomes import FINE, Outcome, applied, failed, outcome, suggested, warned

__all__ = ["serve"]

DOCUMENT = DOCS / "diagnosis.md"
# Seconds: by then a test is over that does not wait for its deadline.
LONGEST = 6.0
GENERIC = {"internal_error", "certificate_invalid", "auth_rejected", "tls_broken"}
# Servers that are no better than what the code says of them: 220 to STARTTLS, and the connection closed.
TRULY_BROKEN = {("starttls-drop", "starttls")}


def same(outcome: Outcome) -> dict[str, Outcome]:
    return dict.fromkeys(MODES, outcome)


def fault(code: str) -> dict[str, Outcome]:
    """A certificate's: the SSL test goes on and warns, the TLS test ends."""
    not_trusted = warned("certificate_not_verified", "connect", "smtp_host", deliverable=False)
    return {"ssl": not_trusted._replace(reason=code), "starttls": failed(code, "starttls", "smtp_host")}


def in_tls(code: str, field: str, *, remedy: bool = False) -> dict[str, Outcome]:
    return {
        "ssl": failed(code, "connect", field, remedy=remedy),
        "starttls": failed(code, "starttls", field, remedy=remedy),
    }


def only(outcome: Outcome) -> dict[str, Outcome]:
    return {"starttls": outcome}


HUNG_UP = failed("disconnected", "connect", "smtp_port", remedy=True)
NOT_MAIL = failed("wrong_service", "connect", "smtp_port", remedy=True)
NO_LOGIN = warned("auth_not_offered", "auth", "smtp_login", deliverable=False, remedy=True)
NO_MECHANISM = failed("no_common_mechanism", "auth", "smtp_login")
NOT_OWNED = warned("sender_not_owned", "sender", "smtp_email", deliverable=False)
NO_STARTTLS = failed("starttls_not_offered", "starttls", "smtp_security", remedy=True)
# A service that speaks in clear text, whatever the mode of its port is called.
CLEAR = failed("tls_not_spoken", "connect", "smtp_security", remedy=True)

EXPECTED: dict[str, dict[str, Outcome]] = {
    "honest": same(FINE),
    # Ports
    "refuse": same(failed("connection_refused", "connect", "smtp_port", remedy=True)),
    "unroutable": same(failed("connection_filtered", "connect", "smtp_port", remedy=True)),
    "silent": same(failed("deadline_passed", "connect", "smtp_port", remedy=True)),
    "close": same(HUNG_UP),
    "reset": same(HUNG_UP),
    "drip": {**same(failed("reply_unfinished", "connect")), "ssl": CLEAR},
    "slow-banner": same(FINE),
    "endless": {**same(failed("reply_too_long", "connect", "smtp_host")), "ssl": CLEAR},
    "http": same(NOT_MAIL),
    "ssh": same(NOT_MAIL),
    "pop3": same(NOT_MAIL),
    "imap": same(NOT_MAIL),
    "ftp": {**same(NOT_MAIL._replace(stage="ehlo")), "ssl": NOT_MAIL},
    "ftp-lines": same(NOT_MAIL),
    "ftp-features": {**same(NOT_MAIL._replace(stage="ehlo")), "ssl": NOT_MAIL},
    **{name: same(NOT_MAIL) for name in ("https", "postgresql", "mysql", "redis", "rabbitmq")},
    # Greetings
    "banner-421": same(failed("connection_limit", "connect")),
    "banner-554": same(failed("server_refuses", "connect", "smtp_host", remedy=True)),
    "banner-garbage": same(failed("not_smtp", "connect", "smtp_port", remedy=True)),
    "banner-multiline": same(FINE),
    "helo-only": {**same(NO_LOGIN), "starttls": NO_STARTTLS},
    "ehlo-minimal": same(NO_LOGIN),
    "ehlo-legacy-auth": same(FINE),
    # Two lists of 42 KB are more than a test reads.
    "ehlo-long": {**same(FINE), "starttls": failed("reply_too_long", "starttls", "smtp_host")},
    "reply-utf8": same(NOT_OWNED),
    "reply-latin1": same(NOT_OWNED),
    # TLS
    "starttls-missing": only(NO_STARTTLS),
    "starttls-454": only(failed("starttls_refused", "starttls", "smtp_security", remedy=True)),
    "starttls-drop": only(failed("tls_broken", "starttls", "smtp_security", remedy=True)),
    "starttls-lies": only(failed("tls_not_spoken", "starttls", "smtp_security", remedy=True)),
    "starttls-inject": only(failed("starttls_injection", "starttls", "smtp_security")),
    "starttls-required": only(FINE),
    "tls10-only": in_tls("tls_version", "smtp_host"),
    "tls12-only": {"ssl": FINE, "starttls": FINE},
    "tls13-only": {"ssl": FINE, "starttls": FINE},
    "no-shared-cipher": in_tls("tls_cipher", "smtp_host"),
    "client-cert": in_tls("client_certificate_required", "smtp_port", remedy=True),
    # Certificates
    "cert-self-signed": fault("certificate_self_signed"),
    "cert-expired": fault("certificate_expired"),
    "cert-not-yet": fault("certificate_not_yet_valid"),
    "cert-expires-soon": {
        "ssl": warned("certificate_expires_soon", "connect", "smtp_host"),
        "starttls": warned("certificate_expires_soon", "starttls", "smtp_host"),
    },
    "cert-wrong-host": fault("certificate_wrong_host"),
    # Tested as localhost, which the certificate is for.
    "cert-no-ip-san": {"ssl": FINE, "starttls": FINE},
    "cert-cn-only": fault("certificate_without_names"),
    "cert-untrusted": fault("certificate_unknown_issuer"),
    "cert-untrusted-root": fault("certificate_unknown_issuer"),
    "cert-missing-intermediate": fault("certificate_chain_incomplete"),
    "cert-expired-intermediate": fault("certificate_chain_expired"),
    "cert-not-yet-intermediate": fault("certificate_chain_not_yet_valid"),
    "cert-not-a-ca": fault("certificate_issuer_invalid"),
    "cert-wrong-purpose": fault("certificate_wrong_purpose"),
    "cert-weak-key": fault("certificate_weak"),
    # Revocation lists are not fetched.
    "cert-revoked": {"ssl": FINE, "starttls": FINE},
    # Logins
    "auth-535": same(failed("auth_failed", "auth", "smtp_password")),
    "auth-534": same(failed("application_password_required", "auth", "smtp_password")),
    "auth-454": same(failed("auth_temporary", "auth")),
    "auth-421": same(failed("account_locked", "auth", "smtp_password")),
    "auth-required": same(FINE),
    "auth-after-tls": {**same(FINE), "plain": NO_LOGIN},
    "auth-none": same(NO_LOGIN),
    "auth-no-common": same(NO_MECHANISM),
    "auth-hang": same(failed("deadline_passed", "auth", "smtp_login")),
    "auth-plain": same(FINE),
    "auth-login": same(FINE),
    "auth-cram-md5": same(FINE),
    "auth-scram-sha-256": same(FINE),
    "auth-xoauth2": same(NO_MECHANISM),
    "auth-oauthbearer": same(NO_MECHANISM),
    # A password is of no use there; tests/smtp/test_bearer.py has the token.
    **{name: same(NO_MECHANISM) for name in PROFILES if name.startswith("token-")},
    "size-552": same(warned("size_limit_low", "ehlo", "smtp_host")),
    # Mail. The test sends none, so what happens to a second recipient or a message does not show.
    "mail-451": same(warned("greylisted", "sender")),
    "mail-550": same(NOT_OWNED),
    "rcpt-550": same(warned("sender_without_mailbox", "sender", "smtp_email")),
    **{
        name: same(FINE)
        for name in (
            "rcpt-partial", "rcpt-452", "data-554", "drop-mid-data", "drop-after-dot",
            "421-mid-session", "rate-limit", "throttle", "no-pipelining", "no-chunking", "no-8bitmime",
            "no-smtputf8", "pipelining-refused", "pipelining-drops", "chunking-refused", "chunking-unknown",
            "chunking-drops", "chunking-late", "bdat-exim", "data-354-anyway", "rcpt-limit-100",
            "rcpt-limit-100-552", "rcpt-limit-100-550",
        )
    },
}  # fmt: skip
ROWS = [(name, mode) for name, profile in PROFILES.items() for mode in profile.modes]
TEMPORARY = {"auth_temporary", "connection_limit", "greylisted", "reply_unfinished"}


# What the test waits for in vain: a connection, a word, the end of a reply or of a login.
UNROUTABLE, MUTE, SLOW = {"unroutable"}, {"silent", "slow-banner", "drip"}, {"drip", "auth-hang"}
# Who waits to be spoken to: a look at them takes as long as it may.
WAITING = {"http", "https", "postgresql", "redis", "rabbitmq", "silent"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "GREETING_GRACE", 0.15)


def spend_little_on(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing that this port will not say, so that the test is short and yet has time for the rest."""
    name = listener.profile.name
    if name in UNROUTABLE | {"silent", "redis"}:
        for method in ("connect_deadline", "answer_deadline"):
            monkeypatch.setattr(Limits, method, lambda limits: min(limits.deadline, time.monotonic() + 0.5))

    if name in WAITING:
        monkeypatch.setattr(probe, "PROBE_TIMEOUT", 0.3)

    def sooner(look: Callable[..., probe.Finding]) -> Callable[..., probe.Finding]:
        def at_once(at: probe.Probe, **how: bool) -> probe.Finding:
            if at.endpoint.port == listener.port and name in MUTE:
                at = replace(at, deadline=min(at.deadline, time.monotonic() + 0.5))
            return look(at, **how)

        return at_once

    for each in ("look", "look_closely"):
        monkeypatch.setattr(inspector, each, sooner(getattr(probe, each)))


def run(settings: SMTPSettings, policy: Policy) -> ConnectionReport:
    with Stopwatch() as watch:
        report = connection_test.run(settings, policy)
    assert watch.seconds < min(LONGEST, policy.timeout) + 0.5
    return report


def policy_of(listener: Listener, *others: Listener, **values: Any) -> Policy:
    ports = tuple(each.port for each in others)
    timeout = DEADLINE if listener.profile.name in SLOW else PATIENCE
    defaults: dict[str, Any] = {"timeout": timeout, "probe_ports": ports, "sandbox": listener}
    return make_policy(listener.port, *ports, **(defaults | values))


def test_every_profile_in_each_of_its_modes_is_expected_something() -> None:
    assert {(name, mode) for name, modes in EXPECTED.items() for mode in modes} == set(ROWS)


def test_no_profile_ends_in_a_generic_code() -> None:
    found = {(name, mode) for name, mode in ROWS if {*EXPECTED[name][mode]} & GENERIC}
    assert found == TRULY_BROKEN


@pytest.mark.parametrize(("name", "mode"), ROWS)
def test_the_cause_is_named_and_the_remedy_helps(
    smtp: Served, monkeypatch: pytest.MonkeyPatch, name: str, mode: Any
) -> None:
    listener = smtp.listen(name, mode=mode)
    spend_little_on(listener, monkeypatch)
    report = run(account(listener), policy_of(listener, smtp.ssl))
    assert outcome(report) == EXPECTED[name][mode]
    if suggested(report):
        assert suggested(report) == {"smtp_port": smtp.ssl.port, "smtp_security": "ssl"}
        assert run(applied(report), policy_of(smtp.ssl)).deliverable


# What leads elsewhere, as an error or as a warning.
LEADING = [
    (name, mode, outcome.ok)
    for name, modes in EXPECTED.items()
    for mode, outcome in modes.items()
    if outcome.remedy and name in {"refuse", "auth-none", "ehlo-minimal", "starttls-454"}
]


@pytest.mark.parametrize(("name", "mode", "is_warning"), LEADING)
def test_a_certificate_that_does_not_verify_is_told_before_the_remedy_is_taken(
    smtp: Served, name: str, mode: Any, is_warning: bool
) -> None:
    listener, expired = smtp.listen(name, mode=mode), smtp.listen("cert-expired", mode="ssl")
    report = run(account(listener), policy_of(listener, expired))
    assert suggested(report) == {"smtp_port": expired.port, "smtp_security": "ssl"}
    said = next(each for each in (report.error, *report.warnings) if each and each.suggestion)
    assert (said is report.error) is not is_warning
    assert said.hint == (
        f"localhost answers on port {expired.port} with SSL. But its certificate is not trusted, and no mail is "
        "sent until that is corrected: The server's certificate has expired."
    )
    assert not run(applied(report), policy_of(expired)).deliverable


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["silent", "unroutable"])
def test_what_is_never_answered_ends_at_the_deadline(smtp: Served, name: str, mode: Any) -> None:
    listener = smtp.listen(name, mode=mode)
    assert not run(account(listener), policy_of(listener, smtp.ssl, timeout=1.5)).ok


@pytest.mark.parametrize(
    ("mode", "message"),
    [("ssl", "Not needed: SSL encrypts from the first byte."), ("plain", "No encryption is selected.")],
)
def test_a_stage_of_starttls_that_is_left_out_says_why(smtp: Served, mode: Any, message: str) -> None:
    listener = smtp.listen(mode=mode)
    report = run(account(listener), policy_of(listener))
    assert [stage.message for stage in report.stages if stage.name == "starttls"] == [message]


BACK_ENDS = {
    "closes": ({"drop": "fin"}, "disconnected", "smtp_login"),
    "resets": ({"drop": "rst"}, "disconnected", "smtp_login"),
    "454": ({"reply": "454 4.7.0 Connection lost to authentication server"}, "auth_temporary", ""),
    "454 and closes": ({"reply": "454 4.3.0 TLS back end down", "drop": "fin"}, "auth_temporary", ""),
    "421": ({"reply": "421 4.3.0 Internal error, closing"}, "auth_temporary", ""),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("fault", "code", "field"), BACK_ENDS.values(), ids=BACK_ENDS)
def test_a_broken_login_is_not_a_broken_encryption(
    smtp: Served, mode: Any, fault: Any, code: str, field: str
) -> None:
    listener = smtp.listen(mode=mode, rules=(on("AUTH", **fault),))
    assert outcome(run(account(listener), policy_of(listener))) == failed(code, "auth", field)
    with pytest.raises(SMTPError) as raised:
        make_session(listener).open()
    assert (raised.value.code, raised.value.stage) == (code, "auth")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"drop": "fin"}, "encrypted the connection and then closed it"),
        ({"hang": True}, "encrypts the connection, but no"),
    ],
)
def test_a_server_that_is_broken_behind_its_encryption_is_not_sought_in_port_and_security(
    smtp: Served, monkeypatch: pytest.MonkeyPatch, fault: Any, said: str
) -> None:
    monkeypatch.setattr(probe, "PROBE_TIMEOUT", 0.3)
    listener = smtp.listen(mode="ssl", rules=(on("BANNER", **fault),))
    report = run(account(listener), policy_of(listener, timeout=DEADLINE))
    assert report.error
    assert (report.error.stage, report.error.field) == ("connect", "smtp_port")
    assert said in report.error.message


def test_a_server_that_ends_behind_starttls_is_told_with_what_is_often_the_cause(smtp: Served) -> None:
    """As Postfix does without its service for checking logins."""
    listener = smtp.listen(mode="starttls", rules=(on("EHLO", skip=1, per="session", drop="fin"),))
    report = run(account(listener), policy_of(listener))
    assert outcome(report) == failed("disconnected", "starttls")
    assert report.error
    assert "encrypted the connection and then closed it" in report.error.message
    assert "the service that checks logins" in report.error.hint


def test_a_server_that_says_that_its_logins_are_broken_is_believed(smtp: Served) -> None:
    """As Dovecot does before it greets."""
    listener = smtp.listen(rules=(on("BANNER", reply="421 4.3.2 mail.example.org Auth process broken"),))
    report = run(account(listener), policy_of(listener))
    assert outcome(report) == failed("auth_temporary", "connect")
    assert report.error
    assert "service for checking logins is out of order (421)" in report.error.message


LOGIN_LEFT_OUT: dict[str, tuple[str, dict[str, Any], str]] = {
    "stored password, untrusted": ("cert-untrusted", {"password_typed": False}, "cannot be trusted"),
    "not offered": ("auth-none", {}, "offers none on this connection"),
}


@pytest.mark.parametrize(("profile", "values", "said"), LOGIN_LEFT_OUT.values(), ids=LOGIN_LEFT_OUT)
@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_a_login_that_is_filled_in_is_not_asked_for(
    smtp: Served, profile: str, values: dict[str, Any], said: str, verb: str
) -> None:
    listener = smtp.listen(profile, mode="ssl", rules=(on(verb, reply="530 5.7.0 Authentication required"),))
    report = run(account(listener, **values), policy_of(listener))
    warning = next(each for each in report.warnings if each.stage == "sender")
    assert (warning.code, said in warning.message) == ("login_required", True)
    assert "Enter SMTP Login" not in warning.hint
    assert "login is of this very server" not in warning.hint


def test_what_passes_by_itself_is_never_the_settings_fault() -> None:
    for code in TEMPORARY:
        sentence = diagnosis.SENTENCES[Code(code)]
        assert sentence.field == ""
        assert re.search(r"[Tt]ry again|Wait some minutes", f"{sentence.message} {sentence.hint}")


# Another security than the port's. What a service or a closed port says does not depend on it.

SPEAKING = [
    (name, mode)
    for name, mode in ROWS
    if PROFILES[name].reach == "open"
    and not PROFILES[name].service
    and name not in {"slow-banner", "auth-hang"}
]
GREETS_BADLY = {"banner-421", "banner-554", "banner-garbage"}


def mistaken(name: str, mode: str, security: str) -> tuple[str, str, str | None]:
    """Code, stage and the security that is suggested for the same port."""
    right = EXPECTED[name][mode]
    offers_starttls = mode == "starttls" and right.code != "starttls_not_offered"
    works = right.ok or right.code.startswith("certificate_") or right.stage in {"auth", "sender"}
    if mode == "ssl":
        return "tls_expected", "connect", "ssl" if works else None
    if security == "tls":
        return (right.code or "starttls_not_offered", *right[1:2], None) if name in GREETS_BADLY else (
            "starttls_not_offered", "starttls", None,
        )  # fmt: skip
    if name == "banner-garbage":
        return "not_smtp", "connect", None
    if name in GREETS_BADLY or offers_starttls:
        return "tls_not_spoken", "connect", "tls" if works else None
    return "encryption_not_offered", "connect", None


@pytest.mark.parametrize(
    ("name", "mode", "security"),
    [
        (name, mode, security)
        for name, mode in SPEAKING
        for security in {"plain": ("ssl", "tls"), "ssl": ("none", "tls"), "starttls": ("ssl",)}[mode]
    ],
)
def test_a_wrong_security_is_named_and_the_right_one_leads_on(
    smtp: Served, name: str, mode: Any, security: str
) -> None:
    listener = smtp.listen(name, mode=mode)
    policy = policy_of(listener)
    report = run(account(listener, security=security), policy)
    code, stage, right = mistaken(name, mode, security)
    found = suggested(report) and suggested(report)["smtp_security"]
    assert (outcome(report)[:2], found) == ((code, stage), right)
    if right:
        listener.reset()
        # No other port is looked at.
        assert outcome(run(applied(report), policy)) == EXPECTED[name][mode]._replace(remedy=False)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("honest", "encryption_required"),
        ("auth-after-tls", "encryption_required"),
        ("starttls-required", "encryption_required"),
        ("auth-required", "encryption_required"),
        # No login behind the encryption either, or no encryption that works.
        ("auth-none", "auth_not_offered"),
        ("starttls-454", "auth_not_offered"),
        ("client-cert", "auth_not_offered"),
    ],
)
def test_a_login_that_is_offered_only_behind_starttls_is_told_from_none(
    smtp: Served, name: str, code: str
) -> None:
    listener = smtp.listen(name, mode="starttls")
    report = run(account(listener, security="none"), policy_of(listener))
    assert (report.ok, report.warnings[0].code, report.warnings[0].stage) == (True, code, "auth")
    auth = next(stage for stage in report.stages if stage.name == "auth")
    assert (auth.status, auth.message) == ("skipped", report.warnings[0].message)
    assert (suggested(report) is not None) == (code == "encryption_required")
    if suggested(report):
        assert suggested(report) == {"smtp_port": listener.port, "smtp_security": "tls"}
        assert report.as_dict()["warnings"][0]["suggestion"] == suggested(report)
        assert run(applied(report), policy_of(listener)).deliverable


# "Login needed" and "encryption needed", in the shapes that real servers give them.

LOGIN_NEEDED: dict[str, dict[str, bytes]] = {
    "530 at MAIL": {"MAIL": b"530 5.7.0 Authentication required\r\n"},
    "550 at MAIL": {"MAIL": b"550 no\r\n"},
    "550 5.7.9 at MAIL": {"MAIL": b"550 5.7.9 no\r\n"},
    "554 at RCPT": {"RCPT": b"554 5.7.1 no\r\n"},
}
ENCRYPTION_NEEDED: dict[str, dict[str, bytes]] = {
    "530 at MAIL": {"MAIL": b"530 5.5.1 no\r\n"},
    "530 5.7.0 at MAIL": {"MAIL": b"530 5.7.0 no\r\n"},
    "550 at MAIL": {"MAIL": b"550 no\r\n"},
}
WITH_STARTTLS = b"250-peer.test\r\n250 STARTTLS\r\n"


@pytest.mark.parametrize("answers", LOGIN_NEEDED.values(), ids=LOGIN_NEEDED)
def test_a_login_that_is_needed_is_named(serve: Any, answers: dict[str, bytes]) -> None:
    server = serve(dialogue(EHLO=WITH_AUTH, **answers))
    report = run(account(server, login="", password=""), make_policy(server.port))
    assert outcome(report) == warned("login_required", "sender", "smtp_login", deliverable=False)
    refused = outcome(run(account(server), make_policy(server.port)))
    if b"530 " in next(iter(answers.values())):
        # It says so although a login was accepted.
        assert (refused.code, refused.field) == ("login_required", "smtp_login")
    else:
        assert refused.code in {"sender_not_owned", "sender_refused"}


@pytest.mark.parametrize("answers", ENCRYPTION_NEEDED.values(), ids=ENCRYPTION_NEEDED)
def test_encryption_that_is_needed_is_named(serve: Any, answers: dict[str, bytes]) -> None:
    server = serve(dialogue(EHLO=WITH_STARTTLS, **answers))
    report = run(account(server, login="", password=""), make_policy(server.port))
    assert outcome(report) == warned("encryption_required", "sender", "smtp_security", deliverable=False)


@pytest.mark.parametrize("code", [530, 538])
def test_encryption_that_the_login_needs_is_named(serve: Any, code: int) -> None:
    server = serve(dialogue(EHLO=WITH_AUTH, AUTH=b"%d 5.7.11 no\r\n" % code))
    report = run(account(server), make_policy(server.port))
    assert outcome(report) == failed("encryption_required", "auth", "smtp_security")


def test_an_address_that_the_certificate_is_not_for_is_a_wrong_host(smtp: Served) -> None:
    listener = smtp.listen("cert-no-ip-san", mode="starttls")
    report = run(account(listener, host="127.0.0.1"), policy_of(listener))
    assert outcome(report) == failed("certificate_wrong_host", "starttls", "smtp_host")


def test_an_ssl_port_of_another_service_is_named(serve: Any, smtp: Served) -> None:
    server = serve(raw(b"* OK IMAP4rev1 ready\r\n"), smtp.ssl.context())
    report = run(account(server, security="tls"), make_policy(server.port))
    assert outcome(report) == failed("wrong_service", "connect", "smtp_port")


# docs/diagnosis.md

HEADER = ("code", "what the editor reads", "hint", "field", "suggestion")


def documented() -> dict[str, tuple[str, ...]]:
    lines = re.findall(r"^\| `.*\|$", DOCUMENT.read_text(), re.MULTILINE)
    rows = [tuple(cell.strip() for cell in line[1:-1].split("|")) for line in lines]
    return {row[0].strip("` "): row[1:] for row in rows}


def described(code: Code, stage: Stage | None, sentence: Sentence) -> tuple[str, ...]:
    message, hint = (_in_markdown(text) for text in (sentence.message, sentence.hint))
    field = f"`{sentence.field}`" if sentence.field else ""
    return message, hint, field, "yes" if worth_a_look(code, stage) else ""


def _in_markdown(text: object) -> str:
    return re.sub(r"%\((\w+)\)s", r"*\1*", str(text)).replace("_", r"\_")


def table() -> dict[str, tuple[str, ...]]:
    anywhere = {code.value: described(code, None, each) for code, each in diagnosis.SENTENCES.items()}
    at_stage = {
        f"{code} ({stage})": described(code, stage, each) for (code, stage), each in reaching.BY_STAGE.items()
    }
    of_a_message = {
        f"{code} (message)": described(code, Stage.RCPT, each) for code, each in values.OF_A_MESSAGE.items()
    }
    return anywhere | at_stage | of_a_message


def test_the_documented_table_is_that_of_the_code() -> None:
    assert f"| {' | '.join(HEADER)} |" in DOCUMENT.read_text()
    assert documented() == table()
