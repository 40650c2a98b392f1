"""Replies that nobody has collected: named by what they mean, or left alone. And hostile ones."""

from __future__ import annotations

import re
import time
import timeit
from dataclasses import replace
from typing import Any

import pytest

from smtp_sandbox.catalogue.replies import SAMPLES, Sample
from wagtail_partner_smtp.diagnosis.replies import judge
from wagtail_partner_smtp.diagnosis.replies.judging import CATALOGUE, find
from wagtail_partner_smtp.diagnosis.replies.words import Phrase, words_of
from wagtail_partner_smtp.smtp.errors import Code
from wagtail_partner_smtp.smtp.reply import MAX_HEARD, Reply, heard
from wagtail_partner_smtp.smtp.stages import Stage

from .expected import IN_CLEAR_TEXT
from .samples import BY_NUMBERS, refusal_of, reply_of

# Place, reply and cause; in words of our own, as no server was seen to say them.
IN_OTHER_WORDS = [
    ("AUTH", "535 5.7.8 Zugangsdaten sind falsch", "auth_failed"),
    ("AUTH", "535 Identifiants incorrects", "auth_failed"),
    ("AUTH", "535 5.7.8 Неверный логин или пароль", "auth_failed"),
    ("AUTH", "535 用户名或密码错误", "auth_failed"),
    ("AUTH", "535 Bitte verwenden Sie ein Anwendungspasswort", "application_password_required"),
    ("AUTH", "535 Используйте пароль приложения", "application_password_required"),
    ("AUTH", "534 Merci de créer un mot de passe d'application", "application_password_required"),
    ("AUTH", "550 Zu viele fehlgeschlagene Anmeldeversuche", "account_locked"),
    ("AUTH", "454 4.7.0 Trop de tentatives", "account_locked"),
    ("AUTH", "535 5.7.1 Your account was suspended for abuse", "account_suspended"),
    ("AUTH", "535 Logins from this IP address are not whitelisted", "site_ip_not_allowed"),
    ("AUTH", "535 5.7.0 SMTP AUTH is switched off for this user", "smtp_off_for_mailbox"),
    ("AUTH", "535 该账号未开启SMTP客户端服务, 未开启", "smtp_off_for_mailbox"),
    ("AUTH", "550 Please upgrade your plan", "smtp_off_for_account"),
    ("AUTH", "504 Mechanism PLAIN not available", "mechanism_not_allowed"),
    ("AUTH", "535 5.7.8 Your password has expired", "password_expired"),
    ("AUTH", "535 No such user here", "login_unknown"),
    # The service that checks logins is out of order; nobody has looked at the password.
    (
        "AUTH",
        "535 5.7.8 Error: authentication failed: remote authentication server unavailable",
        "auth_temporary",
    ),
    ("AUTH", "535 5.7.8 Error: authentication failed: no memory available", "auth_temporary"),
    ("AUTH", "535 5.7.8 Error: authentication failed: Temporary authentication failure", "auth_temporary"),
    ("AUTH", "535 5.7.8 Error: authentication failed: LDAP server unreachable", "auth_temporary"),
    ("AUTH", "535 Login failed, internal server error", "auth_temporary"),
    ("AUTH", "535 Unable to authenticate at present", "auth_temporary"),
    ("AUTH", "550 Temporary authentication failure", "auth_temporary"),
    ("AUTH", "535 Authentifizierung vorübergehend nicht möglich", "auth_temporary"),
    ("AUTH", "535 Service d'authentification indisponible", "auth_temporary"),
    ("AUTH", "535 5.7.8 Error: authentication failed: not in user database", "auth_failed"),
    ("AUTH", "535 5.7.8 Invalid credentials; ask whoever runs the authentication server", "auth_failed"),
    ("AUTH", "535 Incorrect username or password, internal error 17", "auth_failed"),
    ("MAIL", "550 Die Absenderadresse stimmt nicht überein", "sender_not_owned"),
    ("MAIL", "553 发件人地址与登录用户不一致", "sender_not_owned"),
    ("MAIL", "550 Please authenticate first", "login_required"),
    ("MAIL", "550 5.7.1 Tageslimit erreicht", "quota_per_day"),
    ("MAIL", "450 Quota d'envoi horaire dépassé", "quota_per_hour"),
    ("MAIL", "450 4.7.1 Вы превысили суточный лимит: достигнут", "quota_per_day"),
    ("MAIL", "554 5.7.1 Client host blocked, see https://rbl.example", "site_ip_blocked"),
    ("MAIL", "553 Domain of sender address does not resolve", "sender_domain_unknown"),
    ("MAIL", "550 The domain example.org is not verified for this account", "sender_domain_not_verified"),
    ("RCPT", "450 4.2.0 You are greylisted, come back in 120 seconds", "greylisted"),
    ("RCPT", "550 No such mailbox", "recipient_unknown"),
    ("RCPT", "550 Пользователь не найден", "recipient_unknown"),
    ("RCPT", "452 4.2.2 The mailbox is full", "recipient_mailbox_full"),
    ("RCPT", "550 5.7.1 HELO name is invalid", "ehlo_name_refused"),
    ("RCPT", "450 No PTR for your address", "site_ip_without_name"),
    ("DATA-END", "552 Your message is too big for us", "message_too_large"),
    ("DATA-END", "550 DKIM signature did not verify", "sender_not_authentic"),
    ("DATA-END", "554 Als Spam eingestuft", "content_refused"),
    ("DATA-END", "554 Обнаружен вирус", "content_refused"),
    ("DATA-END", "550 The From header is missing", "content_malformed"),
    ("EHLO", "501 Host name is not valid", "ehlo_name_refused"),
    ("BANNER", "421 Too many connections from you", "connection_limit"),
    # As Dovecot says it while its own service is down.
    ("BANNER", "421 4.3.2 mail.example.org Auth process broken", "auth_temporary"),
    ("BANNER", "554 Your address is on our blacklist", "site_ip_blocked"),
    # Spanish, Italian, Portuguese, Dutch, Polish, Japanese, Korean
    ("AUTH", "535 5.7.8 Usuario o contraseña incorrectos", "auth_failed"),
    ("AUTH", "535 Autenticazione fallita: password non valida", "auth_failed"),
    ("AUTH", "535 5.7.8 Usuário ou senha inválidos", "auth_failed"),
    ("AUTH", "535 Gebruikersnaam of wachtwoord onjuist", "auth_failed"),
    ("AUTH", "535 5.7.8 Nieprawidłowy login lub hasło", "auth_failed"),
    ("AUTH", "535 ユーザー名またはパスワードが正しくありません", "auth_failed"),
    ("AUTH", "535 5.7.1 아이디 또는 비밀번호가 올바르지 않습니다", "auth_failed"),
    ("AUTH", "535 Utilice una contraseña de aplicación", "application_password_required"),
    ("AUTH", "534 アプリパスワードを使用してください", "application_password_required"),
    ("AUTH", "535 애플리케이션 비밀번호를 사용하세요", "application_password_required"),
    ("AUTH", "454 Demasiados intentos fallidos", "account_locked"),
    ("AUTH", "535 Twoje konto zostało wyłączone: konto nieaktywne", "account_disabled"),
    ("AUTH", "535 La password è scaduta", "password_expired"),
    ("MAIL", "550 El remitente no coincide con el usuario", "sender_not_owned"),
    ("MAIL", "553 送信者アドレスがログインユーザーと一致しません", "sender_not_owned"),
    ("MAIL", "550 È richiesta l'autenticazione: autenticazione richiesta", "login_required"),
    ("MAIL", "550 Límite diario de envío superado", "quota_per_day"),
    ("MAIL", "550 Przekroczono dzienny limit", "quota_per_day"),
    ("MAIL", "450 Limite por hora excedido", "quota_per_hour"),
    ("RCPT", "550 El usuario no existe", "recipient_unknown"),
    ("RCPT", "550 존재하지 않는 사용자입니다", "recipient_unknown"),
    ("RCPT", "552 La casella è piena", "recipient_mailbox_full"),
    ("DATA-END", "552 メッセージが大きすぎます", "message_too_large"),
    ("DATA-END", "554 迷惑メールと判定されました", "content_refused"),
    # Sentences of our own for what servers do
    ("MAIL", "550 5.7.1 This password has expired, change your password first", "password_expired"),
    ("MAIL", "550 The sender has been denied", "sender_blocked"),
    (
        "MAIL",
        "550 5.7.1 We saw a lot of spam sent from your mailbox: from your mailbox",
        "account_suspended",
    ),
    ("RCPT", "550 Sorry, we deny relaying for you", "relay_refused"),
    ("RCPT", "550 This mailbox is no longer in use", "recipient_unknown"),
    ("RCPT", "550 That domain is not reachable", "recipient_unknown"),
    ("RCPT", "550 The recipient does not want your mail", "recipient_not_allowed"),
    ("RCPT", "552 Quota of that mailbox exceeded", "recipient_mailbox_full"),
    ("RCPT", "554 Client host rejected: we had complaints", "site_ip_blocked"),
    ("BANNER", "554 Your host was denied by us", "site_ip_blocked"),
    ("BANNER", "450 4.3.2 <x[203.0.113.9]>: Client host rejected: Try again later", "server_busy"),
    ("RCPT", "450 4.3.2 <x[203.0.113.9]>: Client host rejected: Try again later", "server_busy"),
    (
        "DATA-END",
        "554 Only one subject, please: duplicate header, DKIM cannot be checked",
        "content_malformed",
    ),
    ("AUTH", "535 Your account has two-step verification", "application_password_required"),
    ("AUTH", "535 Legacy authentication is no longer there", "basic_auth_disabled"),
    ("AUTH", "535 We want modern authentication", "basic_auth_disabled"),
    ("AUTH", "535 Please confirm your identity in our webmail first", "browser_sign_in_required"),
    ("AUTH", "535 Your organisation has this disabled", "smtp_off_for_organisation"),
    ("AUTH", "535 This login has no licence", "licence_missing"),
    ("AUTH", "535 You are locked out", "account_locked"),
    ("AUTH", "535 Your address is on our blacklist", "site_ip_blocked"),
    ("AUTH", "535 A policy forbids it", "login_against_policy"),
    ("MAIL", "550 Sender IP is not registered with us", "site_ip_not_allowed"),
    ("MAIL", "550 Unknown user", "sender_unknown"),
    ("MAIL", "550 Account is blocked", "account_suspended"),
    ("MAIL", "550 Payment required", "smtp_off_for_account"),
    ("MAIL", "550 Sender has exceeded 500 emails in 1 hours", "quota_per_hour"),
    ("MAIL", "553 5.7.1 The domain example.org is not yours", "sender_not_owned"),
    ("RCPT", "550 Sender is not allowed to relay", "relay_refused"),
    ("RCPT", "550 Administrative prohibition: invalid recipient", "recipient_unknown"),
    ("RCPT", "554 5.7.1 Sorry, your message looks like SPAM", "content_refused"),
    ("DATA-END", "554 This message has been blocked because the HELO is invalid", "ehlo_name_refused"),
    ("DATA-END", "554 Delivery error: recipient has exceeded his quota", "recipient_mailbox_full"),
]
# At the head, behind the words as qmail has it, and with a number sign before them.
BY_CODES = [
    ("RCPT", "550 5.1.1 so sorry", "recipient_unknown"),
    ("RCPT", "550 so sorry (#5.1.1)", "recipient_unknown"),
    ("RCPT", "550 #5.1.1 so sorry", "recipient_unknown"),
    ("RCPT", "550 so sorry 5.1.1", ""),
    ("RCPT", "550 5.0.0 so sorry (#5.1.1)", ""),
    ("RCPT", "550 so sorry (#5.1.1234)", ""),
    ("MAIL", "550 5.1.1 so sorry", ""),
    ("MAIL", "553 so sorry (#5.1.8)", "sender_domain_unknown"),
    ("AUTH", "525 5.7.13 so sorry", "account_disabled"),
    ("DATA-END", "552 so sorry (#5.3.4)", "message_too_large"),
    ("RCPT", "552 5.2.2 so sorry", "recipient_mailbox_full"),
    ("AUTH", "535 5.7.12 so sorry", "password_expired"),
    ("AUTH", "504 so sorry", "mechanism_not_allowed"),
    ("DATA-END", "550 5.7.23 so sorry", "sender_not_authentic"),
    ("RCPT", "550 5.7.25 so sorry", "site_ip_without_name"),
]


def sample_of(place: Any, reply: str) -> Sample:
    return Sample(id="x", provider="x", place=place, reply=reply, source="")


def judged(place: Any, reply: str, *, encrypted: bool = True, **state: Any) -> str:
    refusal = replace(refusal_of(sample_of(place, reply), encrypted=encrypted), **state)
    code = judge(refusal).code
    return "" if code is BY_NUMBERS else code.value


@pytest.mark.parametrize(("place", "reply", "cause"), IN_OTHER_WORDS)
def test_what_a_reply_means_is_understood_in_other_words(place: str, reply: str, cause: str) -> None:
    assert judged(place, reply) == cause


@pytest.mark.parametrize(("place", "reply", "cause"), BY_CODES)
def test_an_enhanced_code_has_the_say_where_words_have_none(place: str, reply: str, cause: str) -> None:
    assert judged(place, reply) == cause


@pytest.mark.parametrize(
    ("place", "reply"),
    [
        ("AUTH", "535 5.7.139 no"),
        ("AUTH", "535 5.7.8 %(code)s %(wait_text)s"),
        ("AUTH", "535 plan@expired.example"),
        ("AUTH", "535 5.7.8 no, <quota@spam.example>"),
        ("MAIL", "550 5.7.1 no"),
        ("MAIL", "550 Sorry"),
        ("MAIL", "451 4.3.0 later"),
        ("RCPT", "550 5.7.1 <billing@daily-limit.example>: no"),
        ("DATA-END", "554 5.6.0 no"),
        ("DATA-END", "550 Transaction failed"),
        ("BANNER", "554 No"),
        ("EHLO", "502 no"),
        ("MAIL", "550"),
        ("RCPT", "550 \u202e\u200b"),
    ],
)
def test_a_reply_that_says_nothing_is_left_to_its_numbers(place: str, reply: str) -> None:
    assert judged(place, f"{reply} ") == ""


def test_every_row_is_found_by_some_reply() -> None:
    said = [*IN_OTHER_WORDS, *BY_CODES]
    own = [sample_of(place, reply) for place, reply, _ in said]
    found = [
        find(refusal_of(sample, encrypted=sample.id not in IN_CLEAR_TEXT.split()))
        for sample in (*SAMPLES, *own)
    ]
    for row in CATALOGUE:
        assert any(row is each for each in found), row


def test_a_reply_over_tls_never_asks_for_tls() -> None:
    for place in ("AUTH", "MAIL", "RCPT"):
        reply = "530 5.7.0 Must issue a STARTTLS command first"
        assert judged(place, reply, encrypted=False) == "encryption_required"
        assert judged(place, reply) != "encryption_required"
    assert judged("MAIL", "550 5.7.1 TLS is mandatory here", encrypted=False) == "encryption_required"
    assert judged("MAIL", "550 5.7.1 TLS is mandatory here") == ""


def test_relaying_is_refused_to_those_who_logged_in() -> None:
    reply = "554 5.7.1 Relay access denied"
    assert judged("RCPT", reply) == "relay_refused"
    assert judged("RCPT", reply, authenticated=False) == ""


def test_an_unknown_user_is_the_sender_where_the_sender_is_the_recipient() -> None:
    assert judged("RCPT", "550 5.1.1 User unknown") == "recipient_unknown"
    assert judged("RCPT", "550 5.1.1 User unknown", of_itself=True) == "sender_unknown"


@pytest.mark.parametrize("code", [Code.CLIENT_CERTIFICATE_REQUIRED, Code.ENCRYPTION_REQUIRED])
def test_what_the_session_has_proven_is_not_changed_by_words(code: Code) -> None:
    assert judged("MAIL", "530 5.7.0 Authentication required", encrypted=False, code=code) == code


def test_a_token_was_not_refused_where_the_service_that_checks_it_is_out_of_order() -> None:
    lost = "535 5.7.8 Error: authentication failed: Connection lost to authentication server"
    assert judged("AUTH", lost, code=Code.TOKEN_REFUSED) == "auth_temporary"
    assert judged("AUTH", lost, code=Code.TOKEN_SCOPE_MISSING) == "token_scope_missing"
    refused = "535 5.7.8 Error: authentication failed: bad credentials"
    assert judged("AUTH", refused, code=Code.TOKEN_REFUSED) == "token_refused"


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Greylisted for 300 seconds", 300),
        ("Greylisted, retry in 5 minutes", 300),
        ("Greylisted, see http://help.example/1h", 0),
        ("greylisted: 00:04:30", 270),
        ("Greylisting aktiv, versuchen Sie es in 10 Minuten", 600),
        ("Greylisted for 99999 hours", 0),
        ("Greylisted [10.0.0.5 min]", 0),
        ("Greylisted", 0),
    ],
)
def test_the_time_that_a_server_names_comes_along(words: str, seconds: int) -> None:
    sample = Sample(id="x", provider="x", place="RCPT", reply=f"450 4.7.1 {words}", source="")
    assert judge(refusal_of(sample)).facts.get("wait", 0) == seconds


def test_the_provider_is_told_by_what_its_server_says() -> None:
    sample = Sample(id="x", provider="x", place="RCPT", reply="550 no", source="")
    refusal = refusal_of(sample)
    for names, key in (
        (("smtp.gmail.com",), "google"),
        (("localhost", "mx.google.com ESMTP x - gsmtp"), "google"),
        (("localhost", "ready", "AM0PR0.prod.outlook.com Hello [203.0.113.9]"), "microsoft"),
        (("localhost", "", "", "*.zoho.eu"), "zoho"),
        (("localhost", "gmail.com.example ESMTP"), None),
    ):
        assert judge(replace(refusal, names=names)).facts.get("provider") == key


def test_words_are_heard_before_they_are_redacted() -> None:
    """Much that providers say looks like base64, and a password may be a part of their words."""
    octets = b"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
    assert "SmtpClientAuthentication" not in reply_of(octets).text
    assert "smtpclientauthentication" in words_of(reply_of(octets))
    assert "SmtpClientAuthentication" not in repr(reply_of(octets))


@pytest.mark.parametrize("encoding", ["gb18030", "latin-1", "utf-8"])
def test_words_are_heard_in_whatever_encoding(encoding: str) -> None:
    words = "请使用授权码登录" if encoding == "gb18030" else "Postfach überfüllt"
    assert words in heard(words.encode(encoding))


# Hostile replies

HOSTILE = [
    "a" * 65_536,
    "a " * 32_768,
    "too many " * 7_282,
    "not allowed to send from " * 2_621,
    "@" * 65_536,
    "1" * 65_536,
    "1 minut " * 8_192,
    "1:1:1:1 " * 8_192,
    "(" * 65_536,
    "授" * 21_845,
    "\u202e" * 21_845,
    "#" * 65_536,
    "#5.1.1" * 10_923,
    "#5.111.1111" * 5_958,
    "*" * 65_536,
    "ᄀ" * 21_845,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:9]))
def test_no_more_of_a_hostile_reply_is_read_than_its_beginning(text: str) -> None:
    assert len(heard(text.encode())) <= MAX_HEARD
    reply = Reply(code=550, text=text)
    assert len(words_of(reply)) <= 3 * MAX_HEARD + 2
    places: tuple[Any, ...] = ("AUTH", "RCPT", "DATA-END")
    for place in places:
        sample = Sample(id="x", provider="x", place=place, reply="550 x", source="")
        judge(refusal_of(sample, reply=reply))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:9]))
def test_a_longer_reply_costs_no_more(text: str) -> None:
    """Sixteen times the text: what is read of it is the same, and so is what the processor does."""
    shorter = text[: len(text) // 16]
    assert words_of(Reply(code=550, text=text)) == words_of(Reply(code=550, text=shorter))
    sample = Sample(id="x", provider="x", place="DATA-END", reply="550 x", source="")

    def cost(of: str) -> float:
        refusal = refusal_of(sample, reply=Reply(code=550, text=of))
        return min(timeit.repeat(lambda: judge(refusal), timer=time.thread_time, number=3, repeat=5))

    assert cost(text) < 4 * cost(shorter)


def test_phrases_are_plain_words() -> None:
    for row in CATALOGUE:
        for phrase in (*row.says, *row.but_not):
            for needle in phrase.needles:
                assert needle.strip(), phrase.text
                assert re.fullmatch(r" ?[^\W_]+( [^\W_]+)* ?", needle), (phrase.text, needle)


def test_a_phrase_is_whole_words_unless_a_star_leaves_an_end_open() -> None:
    words = words_of(Reply(code=550, text="550 Re-lay ACCESS (denied)! isn't it"))
    assert Phrase("access denied").is_in(words)
    assert Phrase("isnt").is_in(words)
    assert Phrase("nothing | re lay").is_in(words)
    assert not Phrase("acces").is_in(words)
    assert Phrase("acces*").is_in(words)
    assert not Phrase("ccess").is_in(words)
    assert Phrase("*ccess*").is_in(words)


def test_stages_have_a_say() -> None:
    reply = "550 5.7.1 Authentication failed: password incorrect"
    assert judged("AUTH", reply) == "auth_failed"
    assert judged("MAIL", reply, stage=Stage.MAIL) == ""
