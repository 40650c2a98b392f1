"""Replies: cleaned, redacted and cut before anybody sees them."""

from __future__ import annotations

import base64
import hashlib

import pytest

from wagtail_partner_smtp.smtp.reply import MAX_TEXT, REDACTED, Redactor, Reply, enhanced_code, strip_controls

LOGIN, PASSWORD = "billing@example.org", "S3cr€t pass/Wörd+1"


def b64(raw: str) -> str:
    return base64.b64encode(raw.encode()).decode()


ECHOES = {
    "as it is": PASSWORD,
    "capitals": PASSWORD.upper(),
    "small": PASSWORD.lower(),
    "LOGIN": b64(PASSWORD),
    "LOGIN without padding": b64(PASSWORD).rstrip("="),
    "PLAIN": b64(f"\0{LOGIN}\0{PASSWORD}"),
    "PLAIN with authorization": b64(f"{LOGIN}\0{LOGIN}\0{PASSWORD}"),
    "PLAIN, small": b64(f"\0{LOGIN}\0{PASSWORD}").lower(),
    "URL-safe": base64.urlsafe_b64encode(PASSWORD.encode()).decode(),
    "hex": PASSWORD.encode().hex(),
    "HEX": PASSWORD.encode().hex().upper(),
    "percent": "S3cr%E2%82%ACt%20pass%2FW%C3%B6rd%2B1",
    "mojibake": PASSWORD.encode().decode("latin-1"),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
@pytest.mark.parametrize("before", ["5.7.8 no: ", "5.7.8 <", "x="])
def test_p27_a_repeated_password_is_taken_out_before_auth_too(echo: str, before: str) -> None:
    text = Redactor(LOGIN, PASSWORD).clean(f"{before}{echo}> end".encode())
    assert text.replace("=>", ">").replace("=>", ">") == f"{before}{REDACTED}> end"


@pytest.mark.parametrize(
    ("password", "echo"),
    [
        ("Straße99", "STRASSE99"),
        ("naïve-pass", "naïve-pass".encode("latin-1")),
        ("tab\tand  blanks", "tab and blanks"),
        ("soft\u00adhyphen", "softhyphen"),
        ("ﬁnal", "final"),
        ("ümlaut", "ÜMLAUT"),
    ],
)
def test_p27_a_password_is_known_in_other_cases_and_encodings(password: str, echo: str | bytes) -> None:
    raw = echo if isinstance(echo, bytes) else echo.encode()
    assert Redactor("u", password).clean(b"you said " + raw + b".") == f"you said {REDACTED}."


def test_p27_once_auth_has_begun_every_encoded_run_is_taken_out() -> None:
    redactor = Redactor(LOGIN, PASSWORD)
    digest = hashlib.md5(b"x", usedforsecurity=False).hexdigest()
    said = f"got {b64('anything else')} and {digest} and DEADBEEFCAFE and cafebabe"
    assert redactor(said) == said
    redactor.auth_began = True
    assert redactor(said) == f"got {REDACTED} and {REDACTED} and {REDACTED} and {REDACTED}"


def test_p27_sentences_survive_once_auth_has_begun() -> None:
    redactor = Redactor(LOGIN, PASSWORD)
    redactor.auth_began = True
    sentence = (
        "5.7.8 Authentication credentials invalid, see https://example.com/help (Username AND password)"
    )
    assert redactor(sentence) == sentence


def test_without_a_password_nothing_is_taken_out() -> None:
    assert Redactor("user")("user and anything") == "user and anything"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"a\r\nb\rc\nd", "a b c d"),
        (b"\x1b[31mred\x1b[0m", "[31mred[0m"),
        (b"caf\xc3\xa9", "café"),
        (b"caf\xe9", "caf\ufffd"),
        (b"\xff\xfe\x00\x07", "\ufffd\ufffd"),
        ("evil \u202egnp.exe\u202c".encode(), "evil gnp.exe"),
        ("a\u200bb\u2028c\u2029d\u0085e".encode(), "ab c d e"),
        ("\ufeffbom".encode(), "bom"),
        (b"  many \t blanks  ", "many blanks"),
        (b"<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
    ],
)
def test_p29_a_reply_is_one_clean_line(raw: bytes, text: str) -> None:
    assert Redactor().clean(raw) == text


def test_p28_a_reply_is_cut() -> None:
    assert Redactor().clean(b"x" * 5000) == "x" * MAX_TEXT
    assert MAX_TEXT == 300


def test_p27_a_password_across_the_cut_is_taken_out_first() -> None:
    text = Redactor("u", "s3cret-password").clean(b"x" * 295 + b"s3cret-password")
    assert text == ("x" * 295 + REDACTED)[:MAX_TEXT]


def test_p27_controls_inside_a_repeated_password_do_not_hide_it() -> None:
    assert Redactor("u", "s3cret-password").clean(b"s3cret\x00-pass\x1bword") == REDACTED


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5.7.8 no", "5.7.8"),
        ("5.7.139 no", "5.7.139"),
        ("2.0.0", "2.0.0"),
        ("no 5.7.8", ""),
        ("5.7.8.9", ""),
        ("5.7", ""),
        ("3.1.1 x", ""),
        ("", ""),
    ],
)
def test_an_enhanced_code_stands_at_the_head(text: str, code: str) -> None:
    assert enhanced_code(text) == code


def test_a_reply_reads_as_code_and_text() -> None:
    assert (str(Reply(code=250, text="ok")), str(Reply(code=421))) == ("250 ok", "421")
    assert Reply(code=450).temporary
    assert not Reply(code=550).temporary


def test_controls_are_stripped_and_letters_kept() -> None:
    assert strip_controls("日本語 ✉ Zürich") == "日本語 ✉ Zürich"
