"""The connection test as a whole: the JSON, the log, no secret anywhere, and never an exception."""

from __future__ import annotations

import base64
import json
import logging
import random
import re
from dataclasses import asdict
from typing import Any

import pytest
from django.utils import translation

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.paths import DOCS
from wagtail_partner_smtp import connection_test
from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.diagnosis.extensions import explain
from wagtail_partner_smtp.smtp import Policy, Security, SMTPSettings
from wagtail_partner_smtp.smtp.errors import Code
from wagtail_partner_smtp.smtp.settings import InputError

from ..smtp.accounts import account, make_policy, make_settings, policy_for
from ..smtp.conftest import serve, server_context, users
from ..smtp.peers import DEFAULTS, Answer, Peer, dialogue

__all__ = ["serve", "server_context", "users"]

DOCUMENT = DOCS / "connection-test.md"
LOGIN, PASSWORD = "billing@example.org", "S3cr€t-Pässword"
SECRETS = {
    PASSWORD,
    PASSWORD.lower(),
    PASSWORD.upper(),
    base64.b64encode(PASSWORD.encode()).decode().rstrip("="),
    base64.b64encode(f"\0{LOGIN}\0{PASSWORD}".encode()).decode().rstrip("="),
    PASSWORD.encode().hex(),
    PASSWORD.encode().hex().upper(),
}


def run(target: Any, *, policy: dict[str, Any] | None = None, **values: Any) -> ConnectionReport:
    return connection_test.run(account(target, **values), policy_for(target, **(policy or {})))


def shape(value: Any) -> Any:
    """The keys of a JSON value, the values left out; all entries of a list are of one shape."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [shape(value[0])]
    return None


def examples() -> list[dict[str, Any]]:
    return [json.loads(text) for text in re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)]


def errors(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name == "wagtail_partner_smtp"]


# The JSON


def test_the_json_of_a_success_is_the_documented_one(smtp: Served) -> None:
    listener = smtp.listen("cert-untrusted", mode="ssl")
    success, _ = examples()
    data = json.loads(json.dumps(run(listener).as_dict()))
    assert list(data) == list(success)
    free = {name: success[name] for name in ("extensions", "extension_notes")}
    assert shape({**data, **free}) == shape(success)
    assert [each["name"] for each in data["stages"]] == [each["name"] for each in success["stages"]]


def test_the_documented_extensions_are_explained_as_documented() -> None:
    success, _ = examples()
    explained = {keyword: asdict(note) for keyword, note in explain(success["extensions"]).items()}
    assert json.loads(json.dumps(explained).replace("\\u00a0", " ")) == success["extension_notes"]


def test_the_json_of_a_failure_is_the_documented_one(smtp: Served) -> None:
    listener = smtp.listen("refuse")
    other = smtp.listen(mode="ssl")
    policy = make_policy(listener.port, other.port, sandbox=smtp.sandbox, probe_ports=(other.port,))
    report = connection_test.run(account(listener), policy)
    _, failure = examples()
    data = json.loads(json.dumps(report.as_dict()))
    assert list(data) == list(failure)
    assert shape(data) == shape({**failure, "extensions": {}, "errors": []})
    assert data["error"]["suggestion"] == {"smtp_port": other.port, "smtp_security": "ssl"}


def test_the_json_of_bad_input_names_the_form_s_fields() -> None:
    report = connection_test.run(SMTPSettings(host="", port=0, email="x"), Policy())
    _, failure = examples()
    data = report.as_dict()
    assert [shape(each) for each in data["errors"]] == [shape(failure["errors"][0])] * 3
    assert [(each["field"], each["code"]) for each in data["errors"]] == [
        ("smtp_host", "host_missing"),
        ("smtp_port", "port_invalid"),
        ("smtp_email", "email_invalid"),
    ]
    assert (data["error"]["code"], data["error"]["stage"], data["error"]["field"]) == (
        "host_missing", "settings", "smtp_host",
    )  # fmt: skip


def test_every_documented_code_exists_and_every_code_is_documented() -> None:
    listed = set(
        re.findall(r"^\| `([a-z0-9_]+)` \|", DOCUMENT.read_text().split("## Codes")[1], re.MULTILINE)
    )
    assert listed == {code.value for code in Code}


def test_a_success_as_json(smtp: Served) -> None:
    data = run(smtp.starttls).as_dict()
    assert (data["ok"], data["deliverable"], data["status"], data["error"], data["errors"]) == (
        True, True, "ok", None, [],
    )  # fmt: skip
    port = smtp.starttls.port
    assert data["parameters"] == {
        "address": f"tls://localhost:{port}",
        "host": "localhost",
        "port": port,
        "login": "user",
        "password_set": True,
        "email": "billing@example.org",
        "security": "tls",
    }
    assert data["stages"][3]["reply"].startswith("220 localhost ESMTP")
    assert all(each["message"] and each["title"] for each in data["stages"])
    assert data["tls"]["verified"] is True


@pytest.mark.parametrize(
    ("profile", "mode", "status", "ok", "deliverable"),
    [
        ("honest", "ssl", "ok", True, True),
        ("cert-expired", "ssl", "untrusted", True, False),
        ("cert-expired", "starttls", "failed", False, False),
        ("mail-550", "plain", "failed", True, False),
        ("auth-535", "plain", "failed", False, False),
        ("mail-451", "plain", "ok", True, True),
    ],
)
def test_a_result_is_green_only_if_mail_would_leave(
    smtp: Served, profile: str, mode: str, status: str, ok: bool, deliverable: bool
) -> None:
    report = run(smtp.listen(profile, mode=mode))  # type: ignore[arg-type]
    assert (report.status, report.ok, report.deliverable) == (status, ok, deliverable)


@pytest.mark.parametrize("email", ["", "billing@example.org"])
def test_an_untrusted_certificate_without_a_sender_is_still_not_trusted(smtp: Served, email: str) -> None:
    listener = smtp.listen("cert-expired", mode="ssl")
    assert run(listener, email=email).status == "untrusted"


def test_a_summary_has_codes_and_no_words(smtp: Served) -> None:
    summary = run(smtp.listen("auth-535"), password=PASSWORD, login=LOGIN).summary()
    assert summary == {
        "ok": False,
        "deliverable": False,
        "code": "auth_failed",
        "stage": "auth",
        "cause": "auth_failed",
        "warnings": ["cleartext_password"],
        "certificate_expires": None,
    }
    assert run(smtp.ssl).summary()["certificate_expires"].startswith("3000-01-01")


def test_p28_markup_in_a_reply_stays_text_and_short(smtp: Served) -> None:
    markup = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    listener = smtp.listen(rules=(on("MAIL", reply=f"550 5.7.1 {markup}" + "y" * 400),))
    sender = run(listener, login="", password="").as_dict()["stages"][7]
    assert sender["reply"] == f"550 5.7.1 {markup}" + "y" * (300 - len(markup) - 6)
    assert markup not in sender["message"]


@pytest.mark.parametrize("profile", ["reply-latin1", "reply-utf8"])
def test_p29_a_reply_in_any_encoding_is_shown(smtp: Served, profile: str, caplog: Any) -> None:
    listener = smtp.listen(profile)
    report = run(listener, policy={"debug_level": 1})
    reply = report.as_dict()["stages"][7]["reply"]
    assert reply.startswith("550 5.7.1 ")
    assert "\ufffd" in reply or "日本語" in reply
    assert "\n" not in "".join(record.getMessage() for record in caplog.records)


def test_p29_controls_of_a_reply_reach_neither_json_nor_log(serve: Any, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    nasty = b"550 5.7.1 \xff\xfe\x1b[31m\x0d\x07 a\xe2\x80\xaegnp\r\n"
    server = serve(dialogue(MAIL=nasty))
    report = run(server, login="", policy={"debug_level": 1})
    shown = json.dumps(report.as_dict(), ensure_ascii=False) + caplog.text.replace("\n", "")
    assert not set(shown) & set("\x1b\x07\r\x00\u202e")


# The log


def test_a_failure_is_one_record(smtp: Served, caplog: pytest.LogCaptureFixture) -> None:
    listener = smtp.listen("auth-535")
    run(listener, password=PASSWORD)
    (record,) = errors(caplog)
    assert record.levelno == logging.ERROR
    facts = {name: getattr(record, name) for name in ("code", "host", "port", "stage")}
    assert facts == {"code": "auth_failed", "host": "localhost", "port": listener.port, "stage": "auth"}
    assert (
        record.getMessage() == f"SMTP connection test failed: auth_failed at auth (localhost:{listener.port})"
    )


def test_a_success_and_a_busy_test_are_not_logged(smtp: Served, caplog: pytest.LogCaptureFixture) -> None:
    assert run(smtp.plain).ok
    busy = connection_test.busy(make_settings(25))
    assert (busy.ok, busy.as_dict()["error"]["code"], busy.as_dict()["errors"]) == (False, "busy", [])
    assert errors(caplog) == []


def test_rejected_input_is_logged_like_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    problems = [InputError(field="port", code="port_invalid"), InputError(field="host", code="host_missing")]
    data = connection_test.rejected(SMTPSettings(host="evil\r\nhost"), problems).as_dict()
    assert [each["field"] for each in data["errors"]] == ["smtp_port", "smtp_host"]
    assert data["error"]["code"] == "port_invalid"
    assert [each["status"] for each in data["stages"]] == ["failed"] + ["skipped"] * 8
    (record,) = errors(caplog)
    assert (record.__dict__["code"], record.__dict__["host"]) == ("port_invalid", "evil host")
    assert "\n" not in record.getMessage()


# Secrets


def echoing(reply: bytes) -> Answer:
    """Repeats everything that it was told, in several spellings."""

    def answer(peer: Peer) -> None:
        for prompt in (
            (b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n") if b"LOGIN" in peer.lines[-1] else ()
        ):
            peer.send(prompt)
            peer.read_line()
        told = peer.lines[-1]
        token = told.split(b" ")[-1]
        decoded = base64.b64decode(token + b"==").replace(b"\0", b" ")
        words = (
            told,
            token.lower(),
            decoded,
            decoded.hex().encode(),
            PASSWORD.encode(),
            *map(str.encode, SECRETS),
        )
        for word in words:
            peer.send(reply[:3] + b"-" + word + b"\r\n")
        peer.send(reply)

    return answer


def login(*, accept: bytes) -> Answer:
    """An answer to AUTH LOGIN."""

    def answer(peer: Peer) -> None:
        for prompt in (b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n"):
            peer.send(prompt)
            peer.read_line()
        peer.send(accept)

    return answer


@pytest.mark.parametrize("where", ["GREETING", "EHLO", "AUTH", "MAIL", "RCPT", "RSET", "QUIT"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_p27_a_server_that_repeats_everything_shows_no_secret(
    serve: Any, caplog: pytest.LogCaptureFixture, where: str, mechanism: str
) -> None:
    caplog.set_level(logging.DEBUG)
    code = {"GREETING": b"220", "AUTH": b"535", "QUIT": b"221"}.get(where, b"250")
    ehlo = b"250-peer.test\r\n250 AUTH " + mechanism.encode() + b"\r\n"
    answers: dict[str, Any] = {"EHLO": ehlo}
    told = b" ".join(sorted(secret.encode() for secret in SECRETS))
    if where == "AUTH":
        answers["AUTH"] = echoing(b"535 5.7.8 no\r\n")
    else:
        answers[where] = code + b"-hello\r\n" + code + b"-X-ECHO " + told + b"\r\n"
        answers[where] += ehlo.split(b"\r\n")[1] + b"\r\n" if where == "EHLO" else code + b" ok\r\n"
        answers["AUTH"] = b"235 2.7.0 " + told + b"\r\n"
        if mechanism == "LOGIN":
            answers["AUTH"] = login(accept=b"235 2.7.0 " + told + b"\r\n")
    server = serve(dialogue(**answers))
    report = run(server, login=LOGIN, password=PASSWORD, policy={"debug_level": 1})
    assert server.count(b"AUTH") == 1
    shown = json.dumps(report.as_dict(), ensure_ascii=False) + json.dumps(report.summary())
    shown += caplog.text + repr(report.facts) + repr(report.facts.error) + str(report.facts.error)
    for secret in SECRETS:
        assert secret not in shown
        assert secret.lower() not in shown.lower()


def test_p40_a_report_never_holds_the_password(smtp: Served) -> None:
    report = run(smtp.plain, password=PASSWORD)
    assert PASSWORD not in json.dumps(report.as_dict(), ensure_ascii=False) + repr(report.facts)
    assert report.as_dict()["parameters"]["password_set"] is True
    assert run(smtp.plain, login="", password="").as_dict()["parameters"]["password_set"] is False


# Never an exception

ODD = [
    "", " ", "\t", "a" * 300, "\ud800", "\0", "\r\n", "ü", "日本", "%s%(x)s{0}", "..", ".", "[", "]", "[]", "[::",
    "::", "%", "a%b", "xn--", "xn--a", "xn--ls8h=", "1.2.3.4.5", "999.1.1.1", "0x", "☃", "\u202e", "ß", "-", "_",
    "a.-b", "localhost", "localhost:25", "http://x/", "@", "a@b", "\"a b\"@c", "a@[127.0.0.1]", "\x7f", "💩",
]  # fmt: skip


@pytest.mark.parametrize("field", ["host", "login", "password", "email"])
def test_no_odd_value_raises(smtp: Served, field: str) -> None:
    for security in Security:
        for value in ODD:
            values: dict[str, Any] = {"host": "127.0.0.1", "login": "u", "password": "p", "email": "a@b.c"}
            values[field] = value
            settings = SMTPSettings(port=smtp.plain.port, security=security, password_typed=True, **values)
            report = connection_test.run(settings, make_policy(smtp.plain.port))
            assert json.dumps(report.as_dict())
            assert report.error is None or report.error.code != "internal_error", value
            assert report.summary()


@pytest.mark.parametrize("name", ["", "\r\n", "\0", "ü", "a b", "x" * 600, "\ud800"])
def test_no_odd_ehlo_name_raises(smtp: Served, name: str) -> None:
    policy = policy_for(smtp.plain, local_hostname=name)
    assert json.dumps(connection_test.run(make_settings(smtp.plain), policy).as_dict())


PIECES = [
    b"220", b"250", b"235", b"334", b"421", b"550", b"354", b"999", b" ", b"-", b"\r\n", b"\n", b"\r",
    b"AUTH PLAIN",
    b"AUTH=CRAM-MD5", b"STARTTLS", b"SIZE", b"\0", b"\xff\xfe", b"=", b"\x16\x03\x01\x02\x00", b"v=", b"e=x",
    b"5.7.8", b"dj0=", b"cj14LHM9eCxpPTE=", b"x" * 700, b"%s", b"\x15\x03\x03\x00\x02\x02\x28",
]  # fmt: skip


def nonsense(random: random.Random) -> bytes:
    if random.random() < 0.3:
        return random.randbytes(random.randrange(1, 80))
    return b"".join(random.choices(PIECES, k=random.randrange(1, 12)))


def garbling(seed: int) -> Any:
    """A server that is right up to some stage, and then talks nonsense and hangs up."""
    chance = random.Random(seed)  # noqa: S311
    mechanism = chance.choice(["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"])
    ehlo = b"250-peer.test\r\n250-STARTTLS\r\n250 AUTH " + mechanism.encode() + b"\r\n"

    def talk(peer: Peer) -> None:
        for _ in range(chance.randrange(1, 4)):
            peer.send(nonsense(chance))
        if chance.random() < 0.5:
            peer.reset()
        raise EOFError

    def challenge(peer: Peer) -> None:
        peer.send(b"334 " + base64.b64encode(nonsense(chance)) + b"\r\n")
        peer.read_line()
        talk(peer)

    where = chance.choice([*DEFAULTS, "STARTTLS", "CHALLENGE", "TLS"])
    answers: dict[str, Any] = {"EHLO": ehlo, "AUTH": talk}
    if where == "TLS":
        answers["STARTTLS"] = b"220 go\r\n" + (nonsense(chance) if chance.random() < 0.5 else b"")
    elif where == "CHALLENGE":
        answers["AUTH"] = challenge
    else:
        answers[where] = talk
    return where, dialogue(**answers)


@pytest.mark.parametrize("part", range(8))
def test_no_nonsense_of_a_server_raises(serve: Any, caplog: pytest.LogCaptureFixture, part: int) -> None:
    for seed in range(part * 40, part * 40 + 40):
        where, script = garbling(seed)
        server = serve(script)
        security = "tls" if where in {"STARTTLS", "TLS"} else ("none", "none", "ssl")[seed % 3]
        settings = account(server, security=security, password=PASSWORD)
        report = connection_test.run(settings, make_policy(server.port, timeout=1.0, probe_ports=()))
        shown = json.dumps(report.as_dict(), ensure_ascii=False)
        assert report.error is None or report.error.code != "internal_error", (seed, caplog.text)
        assert "%(" not in shown.replace("%(x)s", "")
        assert PASSWORD not in shown
        server.close()


def test_the_report_is_in_the_language_of_the_reader(smtp: Served) -> None:
    report = run(smtp.plain)
    with translation.override("en"):
        assert report.stages[0].title == "Settings"
