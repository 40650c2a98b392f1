"""A cause that is remembered by its code is told without gaps, in each language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.utils.translation import override

from wagtail_partner_smtp import diagnosis
from wagtail_partner_smtp.admin import mail_words
from wagtail_partner_smtp.diagnosis import SENTENCES, reaching
from wagtail_partner_smtp.diagnosis.sentence import Sentence, told
from wagtail_partner_smtp.models import get_partner_model
from wagtail_partner_smtp.smtp.errors import Code, ReplyError, SMTPError
from wagtail_partner_smtp.smtp.reply import Reply
from wagtail_partner_smtp.smtp.report import Notice
from wagtail_partner_smtp.smtp.settings import Security, SMTPSettings, Stage

LANGUAGES = ["en", "de", "fr"]
REPLY = Reply(code=550, text="5.7.1 no")
ACCOUNT = SMTPSettings(host="mail.example.com", port=587, login="user", email="a@example.com")
STAGES = [None, *Stage]


def has_no_gap(sentence: str) -> bool:
    marks = ("\0", "%(", "…", "()", "( ", " )", "  ", " .", "None")
    return bool(sentence) and sentence[-1] in ".!?" and not any(mark in sentence for mark in marks)


def diagnoses(code: Code) -> Iterator[diagnosis.Diagnosis]:
    for settings in (
        ACCOUNT,
        replace(ACCOUNT, login="", security=Security.TLS),
        SMTPSettings(host="", email=""),
    ):
        for stage in STAGES:
            yield diagnosis.of_error(SMTPError(code, stage=stage), settings)
            yield diagnosis.of_error(ReplyError(code, REPLY, stage=stage), settings)
        for stage in Stage:
            yield diagnosis.of_warning(Notice(code=code, stage=stage), settings)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", Code)
def test_an_error_without_its_facts_is_told_without_gaps(code: Code, language: str) -> None:
    with override(language):
        for found in diagnoses(code):
            assert has_no_gap(found.message)
            assert not found.hint or has_no_gap(found.hint)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", Code)
def test_a_stored_reason_is_told_without_gaps(code: Code, language: str) -> None:
    account = get_partner_model()(smtp_host="mail.example.com", smtp_login="user", smtp_email="a@example.com")
    with override(language):
        for partner in (None, get_partner_model()(), account):
            for stage in ("", *map(str, Stage)):
                for reply in ("", "550 5.7.1 no"):
                    assert has_no_gap(mail_words.reason(code, stage, reply, partner))
                assert has_no_gap(mail_words.short_reason(code, stage, partner))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_told_in_general_names_no_fact(language: str) -> None:
    with override(language):
        sentences = [*SENTENCES.values(), *reaching.BY_STAGE.values(), *reaching.ENCRYPTED.values()]
        assert [str(each.general) for each in sentences if "%(" in str(each.general)] == []


def test_what_is_known_is_told_though_something_else_is_not() -> None:
    sentence = Sentence(message="On port %(port)s (%(code)s): it speaks %(service)s.", general="It is wrong.")
    assert (
        sentence.message_of({"port": 587, "code": 1, "service": "IMAP"}) == "On port 587 (1): it speaks IMAP."
    )
    assert sentence.message_of({"port": 587, "code": 1}) == "On port 587 (1)."
    assert sentence.message_of({"port": 587, "service": "IMAP"}) == "On port 587: it speaks IMAP."
    assert sentence.message_of({"service": "IMAP", "port": ""}) == "It is wrong."


def test_of_a_hint_the_sentences_are_told_whose_facts_are_known() -> None:
    sentence = Sentence(message="", hint="The reason is %(reason)s. Check the clock (%(clock)s).")
    assert sentence.hint_of({}) == "Check the clock."
    assert sentence.hint_of({"reason": "late", "clock": 12}) == "The reason is late. Check the clock (12)."


def test_a_text_without_facts_stays_as_it_is() -> None:
    assert told("100 % (of it): all.", {}) == "100 % (of it): all."
