from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory, override_settings
from django.views.debug import ExceptionReporter

from tests.support.accounts import NEW_KEY, OLD_KEY, PASSWORD
from wagtail_partner_smtp.account import encryption
from wagtail_partner_smtp.account.encryption import (
    KeyLost,
    Malformed,
    NotForThisRow,
    Row,
    UnreadablePassword,
    is_current,
    mark_of,
    rotate,
    seal,
    unseal,
)
from wagtail_partner_smtp.smtp.errors import Code, SMTPError
from wagtail_partner_smtp.smtp.settings import Destination, Security, Stage

if TYPE_CHECKING:
    from pytest_django import Settings

DESTINATION = Destination(host="mail.example.com", port=587, login="billing", security=Security.TLS)
ROW = Row(
    model="wagtail_partner_smtp.Partner",
    uuid=uuid.UUID("5b0a4f0e-8d0f-4b8c-9d9e-1f4f6f0a7c11"),
    destination=DESTINATION,
)


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]


def payload_of(sealed: str) -> bytes:
    return base64.b64decode(sealed.rpartition(":")[2])


def with_payload(sealed: str, payload: bytes) -> str:
    return f"{sealed.rpartition(':')[0]}:{base64.b64encode(payload).decode()}"


@pytest.mark.parametrize("text", [PASSWORD, "x", " spaces ", "\t:{}%s\\", "é" * 1000])
def test_what_is_sealed_opens_again(text: str) -> None:
    assert unseal(seal(text, ROW), ROW) == text


def test_the_format_is_version_key_id_and_base64() -> None:
    assert re.fullmatch(r"v1:[0-9a-f]{16}:[A-Za-z0-9+/]+={0,2}", seal(PASSWORD, ROW))


def test_p35_the_password_is_not_in_what_is_stored() -> None:
    sealed = seal(PASSWORD, ROW)
    assert PASSWORD not in sealed
    assert PASSWORD.encode() not in payload_of(sealed)


def test_p35_equal_passwords_differ() -> None:
    assert seal(PASSWORD, ROW) != seal(PASSWORD, ROW)


def test_the_cipher_is_as_documented() -> None:
    """Whoever must read the data without this package can: HKDF-SHA256, AES-256-GCM, JSON as bound data."""
    sealed = seal(PASSWORD, ROW)
    output = HKDF(SHA256(), 40, salt=None, info=b"wagtail_partner_smtp/password/v1").derive(NEW_KEY.encode())
    key, key_id = output[:32], output[32:].hex()
    bound = {
        "version": "v1",
        "key": key_id,
        "model": "wagtail_partner_smtp.Partner",
        "uuid": "5b0a4f0e-8d0f-4b8c-9d9e-1f4f6f0a7c11",
        "host": "mail.example.com",
        "port": 587,
        "login": "billing",
        "security": "tls",
    }
    payload = payload_of(sealed)
    data = json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()
    assert sealed.split(":")[1] == key_id
    assert AESGCM(key).decrypt(payload[:12], payload[12:], data).decode() == PASSWORD


@pytest.mark.parametrize(
    "other",
    [
        replace(ROW, model="shop.Supplier"),
        replace(ROW, uuid=uuid.uuid4()),
        replace(ROW, destination=replace(DESTINATION, host="evil.example.com")),
        replace(ROW, destination=replace(DESTINATION, port=25)),
        replace(ROW, destination=replace(DESTINATION, login="Billing")),
        replace(ROW, destination=replace(DESTINATION, security=Security.NONE)),
    ],
    ids=["model", "uuid", "host", "port", "login", "security"],
)
def test_p36_a_password_opens_for_its_own_row_and_destination_only(other: Row) -> None:
    sealed = seal(PASSWORD, ROW)
    with pytest.raises(NotForThisRow):
        unseal(sealed, other)


@pytest.mark.parametrize("position", [0, 11, 12, -17, -1], ids=["nonce", "nonce end", "text", "end", "tag"])
def test_a_changed_bit_does_not_open(position: int) -> None:
    sealed = seal(PASSWORD, ROW)
    payload = bytearray(payload_of(sealed))
    payload[position] ^= 1
    with pytest.raises(NotForThisRow):
        unseal(with_payload(sealed, bytes(payload)), ROW)


def test_the_key_id_is_bound_too(settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = [OLD_KEY, NEW_KEY]
    other_id = encryption.keys()[1].id
    version, _, payload = seal(PASSWORD, ROW).split(":")
    with pytest.raises(NotForThisRow):
        unseal(f"{version}:{other_id}:{payload}", ROW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain text",
        "v1",
        "v1:0123456789abcdef",
        "v1:0123456789abcdef:",
        "v1:0123456789ABCDEF:AAAA",
        "v1:0123456789abcdef:*",
        "v1:0123456789abcdef:AAAAA",
        "v2:0123456789abcdef:AAAA",
        "v1:0123456789abcdef:AAAA\n",
        "v1:0123456789abcdef:" + base64.b64encode(b"x" * 27).decode(),
    ],
)
def test_what_seal_does_not_write_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        unseal(text, ROW)


def test_p37_a_lost_key_is_a_typed_error(settings: Settings) -> None:
    sealed = seal(PASSWORD, ROW)
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    with pytest.raises(KeyLost):
        unseal(sealed, ROW)


@pytest.mark.parametrize("error", [KeyLost, NotForThisRow, Malformed])
def test_unreadable_passwords_are_one_kind_of_error(error: type[UnreadablePassword]) -> None:
    raised = error()
    assert isinstance(raised, UnreadablePassword)
    assert isinstance(raised, SMTPError)
    assert isinstance(raised, ValueError)
    assert raised.code is Code.PASSWORD_UNREADABLE
    assert raised.stage is Stage.SETTINGS


def test_the_reasons_are_told_apart() -> None:
    assert {error().facts["reason"] for error in (KeyLost, NotForThisRow, Malformed)} == {
        "key_lost",
        "not_for_this_row",
        "malformed",
    }


def test_an_older_key_still_opens(settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    sealed = seal(PASSWORD, ROW)
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    assert unseal(sealed, ROW) == PASSWORD
    assert not is_current(sealed)


def test_the_newest_key_seals(settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    sealed = seal(PASSWORD, ROW)
    assert is_current(sealed)
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert unseal(sealed, ROW) == PASSWORD


def test_rotate_seals_with_the_newest_key(settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    old = seal(PASSWORD, ROW)
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    new = rotate(old, ROW)
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert unseal(new, ROW) == PASSWORD


def test_rotate_leaves_what_is_current() -> None:
    sealed = seal(PASSWORD, ROW)
    assert rotate(sealed, ROW) == sealed


def test_rotate_looks_into_what_is_current() -> None:
    sealed = seal(PASSWORD, ROW)
    with pytest.raises(NotForThisRow):
        rotate(sealed, replace(ROW, model="shop.Supplier"))


def test_without_keys_the_secret_key_seals(settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = []
    settings.SECRET_KEY = NEW_KEY
    sealed = seal(PASSWORD, ROW)
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert unseal(sealed, ROW) == PASSWORD


def test_without_keys_the_fallbacks_of_the_secret_key_open(settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = []
    settings.SECRET_KEY = OLD_KEY
    sealed = seal(PASSWORD, ROW)
    settings.SECRET_KEY = NEW_KEY
    settings.SECRET_KEY_FALLBACKS = [OLD_KEY]
    assert unseal(sealed, ROW) == PASSWORD


def test_with_keys_the_secret_key_opens_nothing(settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = []
    settings.SECRET_KEY = OLD_KEY
    sealed = seal(PASSWORD, ROW)
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    with pytest.raises(KeyLost):
        unseal(sealed, ROW)


@pytest.mark.parametrize("keys", ["one long secret, not in a list", [""], [NEW_KEY, ""], [None], 5])
def test_nothing_is_sealed_with_keys_that_are_no_secrets(keys: Any, settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = keys
    with pytest.raises(ImproperlyConfigured):
        seal(PASSWORD, ROW)


def test_keys_for_different_purposes_have_nothing_in_common() -> None:
    (password_key,) = encryption.keys()
    (other_key,) = encryption.keys(b"something else")
    assert password_key.id != other_key.id
    assert password_key.material != other_key.material


def test_a_key_does_not_show_itself() -> None:
    (key,) = encryption.keys()
    assert repr(key.material) not in repr(key)
    assert key.id in repr(key)


@override_settings(DEBUG=False)
def test_p30_error_reports_show_no_password(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    sealed = seal(PASSWORD, ROW)
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    monkeypatch.setattr(encryption, "AESGCM", BrokenCipher)
    for report in (failing_report(seal, PASSWORD, ROW), failing_report(rotate, sealed, ROW)):
        assert "ZeroDivisionError" in report
        assert "not secret" in report
        assert "bättery" not in report
        assert NEW_KEY not in report


@override_settings(DEBUG=False)
def test_p30_error_reports_of_reading_show_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = seal(PASSWORD, ROW)
    monkeypatch.setattr(encryption, "AESGCM", BrokenDecryption)
    report = failing_report(unseal, sealed, ROW)
    assert "ZeroDivisionError" in report
    assert "correct horse" not in report


@override_settings(DEBUG=False)
def test_p30_error_reports_show_no_key(settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = NEW_KEY
    report = failing_report(seal, PASSWORD, ROW)
    assert "PARTNER_SMTP_KEYS must be a list" in report
    assert NEW_KEY not in report


@override_settings(DEBUG=False)
def test_p30_nor_do_they_when_a_key_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encryption, "HKDF", lambda **arguments: 1 / 0)
    report = failing_report(encryption.keys)
    assert "ZeroDivisionError" in report
    assert NEW_KEY not in report


class BrokenCipher:
    def __init__(self, key: bytes) -> None:
        self.decrypt = AESGCM(key).decrypt

    def encrypt(self, *args: object) -> bytes:
        note = "not secret"
        del args
        raise ZeroDivisionError(note)


class BrokenDecryption:
    def __init__(self, key: bytes) -> None:
        pass

    def decrypt(self, *args: object) -> bytes:
        return Undecodable(PASSWORD.encode())


class Undecodable(bytes):
    def decode(self, *args: Any) -> str:
        del self
        raise ZeroDivisionError


def failing_report(function: Callable[..., object], *args: Any) -> str:
    """What Django writes about an error that ``function`` raises."""
    try:
        function(*args)
    except (ImproperlyConfigured, ZeroDivisionError) as error:
        frames = error.__traceback__ and error.__traceback__.tb_next
        reporter = ExceptionReporter(RequestFactory().post("/"), type(error), error, frames)
        return str(reporter.get_traceback_html()) + str(reporter.get_traceback_text())
    raise AssertionError("nothing failed")


def test_what_is_sealed_anew_keeps_its_mark_which_no_other_has(settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    old = seal(PASSWORD, ROW)
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    new = rotate(old, ROW)
    assert new != old
    assert mark_of(new) == mark_of(old) == base64.b64encode(payload_of(old)[:12]).decode()
    assert mark_of(seal(PASSWORD, ROW)) != mark_of(old), "typed again"
    assert mark_of("") == ""


def test_a_nonce_comes_twice_under_one_key_only_with_the_same_text(settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    old = seal(PASSWORD, ROW)
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    new = rotate(old, ROW)
    settings.PARTNER_SMTP_KEYS = [OLD_KEY, NEW_KEY]
    assert rotate(new, ROW) == old
