"""A whole session against real servers: stages, encryption, login, deadlines, the end."""

from __future__ import annotations

import itertools
import ssl
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from smtp_sandbox import Listener, Mode, on
from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE, Stopwatch, until
from wagtail_partner_smtp.smtp import Code, SMTPError, session
from wagtail_partner_smtp.smtp.errors import (
    AuthError,
    CertificateError,
    DeadlineError,
    DisconnectedError,
    TLSError,
)
from wagtail_partner_smtp.smtp.judging import Judgement, Refusal, by_codes
from wagtail_partner_smtp.smtp.limits import Limits
from wagtail_partner_smtp.smtp.session import GREETING_GRACE, QUIT_TIMEOUT, SMTPSession
from wagtail_partner_smtp.smtp.settings import TEST_STAGES

from .accounts import (
    DEADLINE,
    account,
    code,
    codes,
    failed_at,
    make_policy,
    make_session,
    make_settings,
    stage,
    statuses,
    try_out,
)
from .conftest import Serve
from .peers import EHLO, WITH_AUTH, Answer, Peer, dialogue, drop, hang, raw, take_data

MODES = ("plain", "ssl", "starttls")
MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256")
COMBINATIONS = list(itertools.product(MODES, MECHANISMS))
NAMES = [str(name) for name in TEST_STAGES]


def texts(listener: Listener, direction: str = "C") -> list[str]:
    listener.wait_idle()
    return [text for each in listener.sessions for side, text in each.transcript if side == direction]


@pytest.mark.parametrize("mode", MODES)
def test_the_judge_is_told_on_what_a_refusal_came(smtp: Served, mode: Mode) -> None:
    listener = smtp.listen("auth-535", mode=mode)
    asked: list[Refusal] = []

    def judge(refusal: Refusal) -> Judgement:
        asked.append(refusal)
        return by_codes(refusal)

    policy = make_policy(listener.port, sandbox=listener)
    with pytest.raises(SMTPError):
        SMTPSession(account(listener), policy, Limits.for_test(PATIENCE), judge=judge).open()
    (refusal,) = asked
    assert (refusal.encrypted, refusal.has_login, refusal.authenticated) == (mode != "plain", True, False)


@pytest.mark.parametrize("mode", MODES)
def test_a_good_account_passes_all_stages_in_order(smtp: Served, mode: str) -> None:
    listener: Listener = getattr(smtp, "plain" if mode == "plain" else mode)
    report = try_out(listener)

    assert [result.stage.value for result in report.stages] == [
        "settings", "token", "resolve", "connect", "ehlo", "starttls", "auth", "sender", "quit",
    ]  # fmt: skip
    without = {"token"} if mode == "starttls" else {"token", "starttls"}
    expected = dict.fromkeys(NAMES, "ok") | dict.fromkeys(without, "skipped")
    assert statuses(report) == expected
    assert (report.ok, report.deliverable, report.error, report.errors) == (True, True, None, ())
    assert all(result.ms >= 0 for result in report.stages)
    assert stage(report, "connect").ms > 0
    assert {result.stage.value: result.reply.code for result in report.stages if result.reply} == {
        "connect": 220, "ehlo": 250, "auth": 235, "sender": 250, "quit": 221,
    } | ({"starttls": 220} if mode == "starttls" else {})  # fmt: skip
    assert report.extensions["SIZE"] == "33554432"
    assert report.extensions["AUTH"] == "PLAIN LOGIN"
    assert (report.tls is not None, codes(report)) == (
        mode != "plain",
        ["cleartext_password"] * (mode == "plain"),
    )
    assert (listener.connections, listener.count("AUTH"), listener.count("QUIT")) == (1, 1, 1)
    assert (listener.count("DATA"), len(listener.messages)) == (0, 0)


def test_the_lists_of_starttls_are_read_anew(smtp: Served) -> None:
    report = try_out(smtp.starttls)
    assert "STARTTLS" not in report.extensions
    assert texts(smtp.starttls)[:3] == [texts(smtp.starttls)[0], "STARTTLS", texts(smtp.starttls)[0]]


def test_an_account_without_login_skips_auth(smtp: Served) -> None:
    report = try_out(smtp.plain, settings=make_settings(smtp.plain))
    assert (statuses(report)["auth"], report.deliverable, codes(report)) == ("skipped", True, [])
    assert smtp.plain.count("AUTH") == 0


def test_p18_stages_that_were_not_reached_are_skipped(smtp: Served) -> None:
    report = try_out(smtp.listen("banner-554"))
    assert statuses(report) == {
        "settings": "ok", "token": "skipped", "resolve": "ok", "connect": "failed", "ehlo": "skipped",
        "starttls": "skipped", "auth": "skipped", "sender": "skipped", "quit": "warning",
    }  # fmt: skip
    assert failed_at(report) == ("server_refuses", "connect")


@pytest.mark.parametrize(("mode", "mechanism"), COMBINATIONS)
def test_each_mechanism_logs_in_at_once(smtp: Served, mode: str, mechanism: str) -> None:
    listener = smtp.listen(mode=mode, auth=(mechanism,))  # type: ignore[arg-type]
    report = try_out(listener)
    assert (report.ok, report.deliverable, listener.count("AUTH")) == (True, True, 1)
    assert (listener.sessions[0].user, listener.sessions[0].mechanism) == ("user", mechanism)
    assert stage(report, "auth").facts["mechanism"] == mechanism
    exposed = mode == "plain" and mechanism in {"PLAIN", "LOGIN"}
    assert codes(report) == ["cleartext_password"] * exposed


@pytest.mark.parametrize(("mode", "mechanism"), COMBINATIONS)
def test_a_wrong_password_is_tried_once_by_one_mechanism(smtp: Served, mode: str, mechanism: str) -> None:
    others = tuple(sorted(set(MECHANISMS) - {mechanism}))
    listener = smtp.listen(mode=mode, auth=(mechanism, *others))  # type: ignore[arg-type]
    report = try_out(listener, settings=account(listener, password="wrong"))
    assert (failed_at(report), report.deliverable) == (("auth_failed", "auth"), False)
    assert (listener.count("AUTH"), listener.connections, listener.count("QUIT")) == (1, 1, 1)
    assert listener.count("MAIL") == 0


@pytest.mark.parametrize(
    ("mode", "certificate", "mechanism"),
    [
        ("plain", "good", "SCRAM-SHA-256"),
        ("ssl", "good", "PLAIN"),
        ("starttls", "good", "PLAIN"),
        ("ssl", "untrusted", "SCRAM-SHA-256"),
    ],
)
def test_the_password_is_shown_only_over_a_trusted_connection(
    smtp: Served, mode: str, certificate: str, mechanism: str
) -> None:
    listener = smtp.listen(mode=mode, auth=MECHANISMS, certificate=certificate)  # type: ignore[arg-type]
    assert try_out(listener).ok
    assert listener.sessions[-1].mechanism == mechanism


@pytest.mark.parametrize(("mode", "mechanism"), COMBINATIONS)
@pytest.mark.parametrize("password", ["pässwörd ✉", "日本語", "a,b=c", 'q"u\\o', " blanks ", "ﬁ\u00adx"])
def test_p32_a_password_may_hold_any_letters(
    smtp: Served, users: dict[str, str], mode: str, mechanism: str, password: str
) -> None:
    users["bücher,=x"] = password
    listener = smtp.listen(mode=mode, auth=(mechanism,))  # type: ignore[arg-type]
    report = try_out(listener, settings=account(listener, login="bücher,=x", password=password))
    if password.startswith("ﬁ") and mechanism == "SCRAM-SHA-256":
        # The server's normal form keeps the soft hyphen that RFC 4013 takes out.
        assert code(report) == "auth_failed"
    else:
        assert report.ok
    assert listener.count("AUTH") == 1


@pytest.mark.parametrize("opportunistic", [False, True])
def test_p33_a_login_that_cannot_be_used_is_a_warning_in_a_test_and_ends_a_delivery(
    smtp: Served, opportunistic: bool
) -> None:
    listener = smtp.listen("auth-none")
    if opportunistic:
        listener = smtp.listen("starttls-missing", mode="starttls", auth_after_tls=False)
    report = try_out(listener, opportunistic_starttls=opportunistic)
    assert (report.ok, report.deliverable, statuses(report)["auth"]) == (True, False, "skipped")
    assert report.login_unused
    code = Code.LOGIN_NOT_TRIED if opportunistic else Code.AUTH_NOT_OFFERED
    assert code in codes(report)

    delivery = make_session(listener, opportunistic_starttls=opportunistic)
    with pytest.raises(AuthError) as raised:
        delivery.open()
    assert (raised.value.code, raised.value.stage, delivery.is_open) == (code, "auth", False)
    assert (listener.count("AUTH"), listener.messages) == (0, ())


def test_p34_only_unknown_mechanisms_are_an_error(smtp: Served) -> None:
    listener = smtp.listen("auth-no-common")
    report = try_out(listener)
    assert (failed_at(report), listener.count("AUTH")) == (("no_common_mechanism", "auth"), 0)
    assert report.error is not None
    assert report.error.facts["offered"] == "GSSAPI, NTLM"


def test_legacy_auth_lines_are_understood(serve: Serve) -> None:
    server = serve(dialogue(EHLO=b"250-peer.test\r\n250 AUTH=PLAIN LOGIN\r\n"))
    report = try_out(server)
    assert (report.ok, report.extensions["AUTH"], server.count(b"AUTH PLAIN ")) == (True, "PLAIN LOGIN", 1)


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("auth-535", "auth_failed"),
        ("auth-534", "application_password_required"),
        ("auth-454", "auth_temporary"),
        ("auth-421", "auth_temporary"),
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_a_refused_login_has_the_code_of_its_reply(
    smtp: Served, profile: str, expected: str, mode: str
) -> None:
    listener = smtp.listen(profile, mode=mode)  # type: ignore[arg-type]
    report = try_out(listener)
    assert (failed_at(report), listener.count("AUTH")) == ((expected, "auth"), 1)
    assert listener.connections == 1


# Encryption


def test_p20_starttls_not_offered_sends_no_password_in_test_and_delivery(smtp: Served) -> None:
    listener = smtp.listen("starttls-missing", mode="starttls")
    report = try_out(listener)
    assert failed_at(report) == ("starttls_not_offered", "starttls")
    with pytest.raises(TLSError) as raised:
        make_session(listener).open()
    assert raised.value.code is Code.STARTTLS_NOT_OFFERED
    assert [line for line in texts(listener) if "AUTH" in line or "MAIL" in line] == []
    # The test, a second look of two connections, of which one says no more than a TLS hello, and the delivery.
    assert (listener.connections, listener.count("QUIT")) == (4, 3)


def test_p20_opportunistic_starttls_goes_on_but_never_sends_a_password(smtp: Served) -> None:
    listener = smtp.listen("starttls-missing", mode="starttls", auth_after_tls=False)
    report = try_out(listener, opportunistic_starttls=True)
    assert (report.ok, report.deliverable, report.tls) == (True, False, None)
    assert (statuses(report)["starttls"], statuses(report)["auth"]) == ("skipped", "skipped")
    assert codes(report) == ["starttls_skipped", "login_not_tried"]

    with pytest.raises(AuthError, match="login_not_tried"):
        make_session(listener, opportunistic_starttls=True).open()
    assert listener.count("AUTH") == 0


def test_opportunistic_starttls_excuses_no_certificate(smtp: Served) -> None:
    listener = smtp.listen("cert-untrusted", mode="ssl")
    report = try_out(listener, opportunistic_starttls=True)
    assert (report.ok, report.deliverable) == (True, False)


def test_p21_text_in_the_same_segment_as_the_220_is_an_error(serve: Serve) -> None:
    server = serve(
        dialogue(
            EHLO=b"250-peer.test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
            STARTTLS=b"220 go\r\n250-peer.test\r\n250 AUTH PLAIN\r\n",
        )
    )
    report = try_out(server, settings=account(server, security="tls"))
    assert failed_at(report) == ("starttls_injection", "starttls")
    assert server.count(b"AUTH") == 0


def test_p21_late_clear_text_is_an_error(serve: Serve) -> None:
    def late(peer: Peer) -> None:
        peer.send(b"220 go\r\n")
        time.sleep(0.05)
        peer.send(b"250-peer.test\r\n250 AUTH PLAIN\r\n" * 20)

    server = serve(dialogue(EHLO=b"250-peer.test\r\n250 STARTTLS\r\n", STARTTLS=late))
    report = try_out(server, settings=account(server, security="tls"))
    assert failed_at(report)[1] == "starttls"
    assert [line for line in server.lines if line.startswith((b"AUTH", b"MAIL"))] == []


def test_p21_the_sandbox_s_injection_is_an_error(smtp: Served) -> None:
    listener = smtp.listen("starttls-inject", mode="starttls")
    report = try_out(listener)
    assert failed_at(report) == ("starttls_injection", "starttls")
    assert (listener.count("AUTH"), report.tls) == (0, None)


def test_answers_sent_before_their_commands_do_not_reach_behind_tls(
    serve: Serve, server_context: ssl.SSLContext, brief_quit: None
) -> None:
    def begin(peer: Peer) -> None:
        # The client need not wait for an answer to STARTTLS: its handshake may be there with the command.
        peer.reads_at_most = 1
        peer.send(b"250-peer.test\r\n250 STARTTLS\r\n220 go\r\n")

    server = serve(dialogue(EHLO=begin, STARTTLS=lambda peer: peer.start_tls(server_context)))
    report = try_out(server, settings=account(server, security="tls"))
    assert not report.ok
    assert server.count(b"AUTH") == 0


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("starttls-454", "starttls_refused"),
        ("starttls-drop", "tls_broken"),
        ("starttls-lies", "tls_not_spoken"),
        ("tls10-only", "tls_version"),
        ("no-shared-cipher", "tls_cipher"),
        ("client-cert", "client_certificate_required"),
    ],
)
def test_a_broken_starttls_fails_at_starttls_and_sends_no_password(
    smtp: Served, profile: str, expected: str
) -> None:
    listener = smtp.listen(profile, mode="starttls")
    report = try_out(listener)
    assert failed_at(report) == (expected, "starttls")
    assert listener.count("AUTH") == 0


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("tls10-only", "tls_version"),
        ("no-shared-cipher", "tls_cipher"),
        ("client-cert", "client_certificate_required"),
        ("close", "disconnected"),
        ("reset", "disconnected"),
        ("silent", "deadline_passed"),
    ],
)
def test_broken_ssl_fails_at_connect(smtp: Served, profile: str, expected: str) -> None:
    listener = smtp.listen(profile, mode="ssl")
    timeout = DEADLINE if profile == "silent" else PATIENCE
    assert failed_at(try_out(listener, timeout=timeout)) == (expected, "connect")


@pytest.mark.parametrize(
    ("profile", "mode"),
    [
        *itertools.product(["tls12-only", "tls13-only", "banner-multiline"], ["ssl", "starttls"]),
        ("ehlo-long", "ssl"),
        ("helo-only", "ssl"),
    ],
)
def test_unusual_servers_work(smtp: Served, profile: str, mode: str) -> None:
    listener = smtp.listen(profile, mode=mode)  # type: ignore[arg-type]
    assert try_out(listener, settings=make_settings(listener)).deliverable


def test_helo_stands_in_where_ehlo_is_refused(smtp: Served) -> None:
    listener = smtp.listen("helo-only")
    report = try_out(listener)
    assert (report.ok, report.extensions, codes(report)) == (True, {}, ["auth_not_offered"])
    assert (listener.count("EHLO"), listener.count("HELO")) == (1, 1)


# Deadlines


HANGS: dict[str, tuple[str, dict[str, Answer]]] = {
    "connect": ("connect", {"GREETING": hang}),
    "greeting": ("connect", {"GREETING": raw(b"220-half a greeting\r\n22")}),
    "ehlo": ("ehlo", {"EHLO": hang}),
    "starttls": ("starttls", {"STARTTLS": hang}),
    "handshake": ("starttls", {"STARTTLS": raw(b"220 go\r\n")}),
    "auth": ("auth", {"AUTH": hang}),
    "auth half way": ("auth", {"AUTH": raw(b"334 \r\n")}),
    "mail": ("sender", {"MAIL": hang}),
    "rcpt": ("sender", {"RCPT": hang}),
}


def test_p18_silence_ends_in_its_own_stage_at_the_deadline(serve: Serve) -> None:
    def outlast(where: str, answers: dict[str, Answer]) -> tuple[tuple[str, str], float]:
        wants_tls = where == "starttls"
        ehlo = b"250-peer.test\r\n250 STARTTLS\r\n" if wants_tls else WITH_AUTH
        server = serve(dialogue(**({"EHLO": ehlo} | answers)))
        settings = account(server, security="tls" if wants_tls else "none")
        started = time.monotonic()
        return failed_at(try_out(server, settings=settings, timeout=DEADLINE)), time.monotonic() - started

    # All at once, because each waits for its deadline.
    with Stopwatch() as watch, ThreadPoolExecutor(len(HANGS)) as pool:
        results = {name: pool.submit(outlast, *hanging) for name, hanging in HANGS.items()}
    found = {name: result.result() for name, result in results.items()}
    assert {name: failure for name, (failure, _) in found.items()} == {
        name: ("reply_unfinished" if name == "greeting" else "deadline_passed", where)
        for name, (where, _) in HANGS.items()
    }
    assert min(seconds for _, seconds in found.values()) > 0.75 * DEADLINE
    assert watch.seconds < 1.1 * DEADLINE + 0.2


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
def test_p18_silence_during_the_handshake_ends_at_the_deadline(smtp: Served, mode: str) -> None:
    listener = smtp.listen(mode=mode, rules=(on("TLS", hang=True),))  # type: ignore[arg-type]
    report = try_out(listener, timeout=DEADLINE)
    assert failed_at(report) == ("deadline_passed", "connect" if mode == "ssl" else "starttls")


def test_p18_and_p43_silence_at_quit_lasts_a_second_and_changes_nothing(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "QUIT_TIMEOUT", QUIT_TIMEOUT)
    server = serve(dialogue(QUIT=hang))
    with Stopwatch() as watch:
        report = try_out(server, settings=make_settings(server))
    assert watch.by_the_clock >= 1.0
    assert watch.seconds < 1.3
    assert (report.ok, report.deliverable, statuses(report)["quit"]) == (True, True, "warning")


def test_p16_a_dripped_greeting_ends_at_the_deadline(smtp: Served) -> None:
    listener = smtp.listen("drip")
    with Stopwatch() as watch:
        report = try_out(listener, timeout=DEADLINE)
    assert failed_at(report) == ("reply_unfinished", "connect")
    assert watch.by_the_clock > 0.75 * DEADLINE
    assert watch.seconds < 1.1 * DEADLINE + 0.2


@pytest.mark.parametrize("verb", ["EHLO", "AUTH", "MAIL"])
def test_p16_a_dripped_reply_ends_at_the_deadline(serve: Serve, verb: str) -> None:
    def drip(peer: Peer) -> None:
        while True:
            for octet in b"250-slow\r\n":
                peer.send(bytes([octet]))
                time.sleep(0.02)

    server = serve(dialogue(**{"EHLO": WITH_AUTH, verb: drip}))
    with Stopwatch() as watch:
        report = try_out(server, timeout=DEADLINE)
    assert code(report) == "reply_unfinished"
    assert watch.by_the_clock > 0.85 * DEADLINE
    assert watch.seconds < 1.1 * DEADLINE + 0.2


def test_p16_a_delivery_ends_when_one_command_is_not_answered(serve: Serve, brief_quit: None) -> None:
    server = serve(dialogue(EHLO=hang))
    with pytest.raises(DeadlineError) as raised:
        make_session(server, command_timeout=DEADLINE).open()
    assert str(raised.value.stage) == "ehlo"


# Floods


@pytest.mark.parametrize("verb", ["GREETING", "EHLO", "AUTH", "MAIL", "QUIT"])
@pytest.mark.parametrize("line", [b"250-more\r\n", b"250-" + b"x" * 90000])
def test_p17_a_reply_without_end_is_cut(serve: Serve, verb: str, line: bytes) -> None:
    sent = 0

    def flood(peer: Peer) -> None:
        nonlocal sent
        while True:
            peer.send(line * (1 + 65536 // len(line)))
            sent += 1

    server = serve(dialogue(**{"EHLO": WITH_AUTH, verb: flood}))
    report = try_out(server)
    if verb == "QUIT":
        assert (report.ok, report.deliverable) == (True, True)
    else:
        assert code(report) == "reply_too_long"


def test_p17_the_budget_of_a_test_is_for_all_replies_together(serve: Serve) -> None:
    long = b"250-" + b"x" * 40000 + b"\r\n250 ok\r\n"
    server = serve(dialogue(MAIL=long, RCPT=long))
    report = try_out(server, settings=make_settings(server))
    assert failed_at(report) == ("reply_too_long", "sender")


def test_p17_the_budget_of_a_delivery_is_for_each_reply(serve: Serve) -> None:
    long = b"250-" + b"x" * 40000 + b"\r\n250 ok\r\n"
    server = serve(dialogue(EHLO=long, NOOP=long))
    with make_session(server, make_settings(server)) as delivery:
        for _ in range(4):
            assert delivery.channel.command("NOOP").code == 250


# The end


@pytest.mark.parametrize(
    "answer",
    [
        b"250 fine\r\n",
        b"500 what?\r\n",
        b"221 " + b"x" * 2000 + b"\r\n",
        b"221-" + b"y" * 70000,
        b"garbage\r\n",
        b"\xff\xfe\x00",
        b"",
        drop,
        Peer.reset,
    ],
    ids=["250", "500", "long", "flood", "garbage", "binary", "silence", "close", "reset"],
)
def test_p43_a_broken_quit_never_changes_the_result(serve: Serve, brief_quit: None, answer: Answer) -> None:
    server = serve(dialogue(QUIT=answer))
    report = try_out(server, settings=make_settings(server))
    assert (report.ok, report.deliverable, report.error, codes(report)) == (
        True, True, None, [],
    )  # fmt: skip
    assert statuses(report)["quit"] in {"ok", "warning"}
    with make_session(server, make_settings(server)):
        pass
    # The client may have gone before the server reads it.
    until(lambda: server.count(b"QUIT") == 2)
    assert server.connections == 2


def test_a_second_is_all_that_quit_gets() -> None:
    assert QUIT_TIMEOUT == 1.0
    assert GREETING_GRACE == 3.0


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"GREETING": b"421 4.3.2 busy\r\n"}, "server_busy"),
        ({"GREETING": b"450 later\r\n"}, "server_busy"),
        ({"GREETING": b"554 no\r\n"}, "server_refuses"),
        ({"EHLO": b"550 no\r\n", "HELO": b"550 no\r\n"}, "ehlo_refused"),
        ({"EHLO": b"421 busy\r\n"}, "server_busy"),
        ({"EHLO": WITH_AUTH, "AUTH": b"535 5.7.8 no\r\n"}, "auth_failed"),
        ({"EHLO": WITH_AUTH, "AUTH": b"503 5.5.1 Too many authentication attempts\r\n"}, "auth_rejected"),
        ({"EHLO": b"250-peer.test\r\n250 AUTH NTLM\r\n"}, "no_common_mechanism"),
        ({"MAIL": b"550 no\r\n"}, ""),
    ],
)
def test_quit_is_said_whatever_happened_before(
    serve: Serve, answers: dict[str, Answer], expected: str
) -> None:
    server = serve(dialogue(**answers))
    report = try_out(server)
    assert code(report) == expected
    assert (server.lines[-1], server.count(b"QUIT")) == (b"QUIT", 1)


@pytest.mark.parametrize("verb", ["GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT"])
@pytest.mark.parametrize("end", [drop, Peer.reset], ids=["close", "reset"])
def test_a_lost_connection_names_the_stage_of_the_test(serve: Serve, verb: str, end: Answer) -> None:
    wants_tls = verb == "STARTTLS"
    ehlo = b"250-peer.test\r\n250 STARTTLS\r\n" if wants_tls else WITH_AUTH
    server = serve(dialogue(**({"EHLO": ehlo, verb: end})))
    report = try_out(server, settings=account(server, security="tls" if wants_tls else "none"))
    names = {"GREETING": "connect", "MAIL": "sender", "RCPT": "sender"}
    assert failed_at(report) == ("disconnected", names.get(verb, verb.lower()))


def test_nothing_stays_open_after_a_failed_delivery(smtp: Served) -> None:
    listener = smtp.listen("auth-535")
    delivery = make_session(listener)
    with pytest.raises(SMTPError):
        delivery.open()
    assert not delivery.is_open
    listener.wait_idle()


@pytest.mark.parametrize("certificate", ["expired", "wrong-host", "self-signed", "untrusted"])
@pytest.mark.parametrize("mode", ["ssl", "starttls"])
def test_p22_a_bad_certificate_on_delivery_sends_nothing(smtp: Served, mode: str, certificate: str) -> None:
    listener = smtp.listen(mode=mode, certificate=certificate)  # type: ignore[arg-type]
    with pytest.raises(CertificateError) as raised:
        make_session(listener).open()
    assert raised.value.tls is not None
    assert len(raised.value.tls.sha256) == 64
    assert (listener.connections, listener.count("AUTH"), listener.count("MAIL")) == (1, 0, 0)


def test_delivery_does_not_take_a_second_look(smtp: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = smtp.listen("silent")
    with pytest.raises(DeadlineError):
        make_session(listener, command_timeout=0.3).open()
    listener.wait_idle()
    assert listener.connections == 1


def test_a_drop_is_an_error_that_smtplib_s_callers_catch(serve: Serve) -> None:
    server = serve(dialogue(EHLO=EHLO, MAIL=drop, DATA=take_data()))
    with make_session(server, make_settings(server)) as delivery, pytest.raises(DisconnectedError):
        delivery.channel.command("MAIL FROM:<a@example.org>")


@pytest.mark.parametrize("echo", ["bm90IHRoZSBwYXNzd29yZA==", "5f4dcc3b5aa765d61d8327deb882cf99"])
def test_p27_once_a_login_was_tried_no_encoded_text_is_quoted(serve: Serve, echo: str) -> None:
    server = serve(dialogue(EHLO=WITH_AUTH, AUTH=f"535 5.7.8 no: {echo}\r\n".encode()))
    assert str(stage(try_out(server), "auth").reply) == "535 5.7.8 no: [redacted]"


def test_a_server_that_has_said_too_much_is_asked_for_nothing_more(serve: Serve) -> None:
    server = serve(dialogue(EHLO=b"250-x\r\n" * 12_000))
    report = try_out(server)
    assert (code(report), statuses(report)["quit"]) == ("reply_too_long", "skipped")
    server.close()
    assert server.count(b"QUIT") == 0
