"""Each collected reply is named, at its stage, with the field to look at; and no other way."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import cycle, islice

import pytest

from smtp_sandbox.catalogue.replies import SAMPLES, Sample
from wagtail_partner_smtp import diagnosis
from wagtail_partner_smtp.diagnosis.replies import judge
from wagtail_partner_smtp.diagnosis.replies.judging import CATALOGUE, COLLECTED, find
from wagtail_partner_smtp.discovery.presets import PROVIDERS
from wagtail_partner_smtp.smtp import SMTPSettings
from wagtail_partner_smtp.smtp.errors import Code, ReplyError

from .expected import EXPECTED, IN_CLEAR_TEXT, VAGUE
from .page import PAGE, written
from .samples import BY_ID, BY_NUMBERS, STAGES, other_case, refusal_of, reply_of
from .stale import stale

# The form's field that each cause marks; "" where nothing in the form helps.
FIELDS = {
    "account_disabled": "smtp_login",
    "account_locked": "smtp_password",
    "account_suspended": "smtp_login",
    "application_password_required": "smtp_password",
    "auth_failed": "smtp_password",
    "auth_temporary": "",
    "basic_auth_disabled": "smtp_login",
    "browser_sign_in_required": "smtp_login",
    "connection_limit": "",
    "content_malformed": "",
    "content_refused": "",
    "ehlo_name_refused": "",
    "encryption_required": "smtp_security",
    "greylisted": "",
    "licence_missing": "smtp_login",
    "login_against_policy": "smtp_login",
    "login_required": "smtp_login",
    "login_unknown": "smtp_login",
    "mechanism_not_allowed": "smtp_login",
    "message_too_large": "",
    "password_expired": "smtp_password",
    "quota_per_day": "",
    "quota_per_hour": "",
    "quota_reached": "",
    "recipient_mailbox_full": "",
    "recipient_not_allowed": "",
    "recipient_unknown": "",
    "relay_refused": "smtp_host",
    "sender_blocked": "smtp_email",
    "sender_domain_not_verified": "smtp_email",
    "sender_domain_unknown": "smtp_email",
    "sender_not_authentic": "smtp_email",
    "sender_not_owned": "smtp_email",
    "sender_not_verified": "smtp_email",
    "sender_unknown": "smtp_email",
    "sending_too_fast": "",
    "server_busy": "",
    "site_ip_blocked": "",
    "site_ip_not_allowed": "",
    "site_ip_without_name": "",
    "smtp_off_for_account": "smtp_login",
    "smtp_off_for_mailbox": "smtp_login",
    "smtp_off_for_organisation": "smtp_login",
    "too_many_recipients": "",
}
ROWS = [(name, cause) for cause, names in EXPECTED.items() for name in names.split()]
SETTINGS = SMTPSettings(host="localhost", login="user@example.org", password="x", email="user@example.org")


def cause_of(sample: Sample, *, encrypted: bool = True) -> Code:
    return judge(refusal_of(sample, encrypted=encrypted)).code


def test_every_collected_reply_has_one_row() -> None:
    rows = Counter([name for name, _ in ROWS] + IN_CLEAR_TEXT.split() + VAGUE.split())
    assert rows == Counter(BY_ID.keys())
    assert len(SAMPLES) == len(BY_ID)


def test_there_are_enough_of_enough_providers() -> None:
    assert len(SAMPLES) >= 1000
    assert len({sample.provider for sample in SAMPLES}) >= 130
    # Many were taken in because their words say nothing, or no more than their numbers: whoever guesses is wrong.
    assert len(VAGUE.split()) / len(SAMPLES) < 0.09
    assert set(STAGES) == {sample.place for sample in SAMPLES}


@pytest.mark.parametrize(("name", "cause"), ROWS, ids=[name for name, _ in ROWS])
def test_a_reply_is_named_with_its_field(name: str, cause: str) -> None:
    refusal = refusal_of(BY_ID[name])
    judgement = judge(refusal)
    error = ReplyError(judgement.code, refusal.reply, stage=refusal.stage)
    error.facts = judgement.facts
    said = diagnosis.of_error(error, SETTINGS)
    assert (said.code, said.field) == (cause, FIELDS[cause])
    assert said.reply == refusal.reply.text
    assert "%(" not in said.message + said.hint


@pytest.mark.parametrize("name", IN_CLEAR_TEXT.split())
def test_a_reply_that_asks_for_encryption_asks_for_it_in_clear_text_only(name: str) -> None:
    assert cause_of(BY_ID[name], encrypted=False) is Code.ENCRYPTION_REQUIRED
    assert cause_of(BY_ID[name]) is not Code.ENCRYPTION_REQUIRED


@pytest.mark.parametrize("name", VAGUE.split())
def test_a_vague_reply_is_left_to_its_numbers(name: str) -> None:
    assert cause_of(BY_ID[name]) is BY_NUMBERS


@pytest.mark.parametrize(("name", "cause"), ROWS, ids=[name for name, _ in ROWS])
def test_case_and_line_breaks_change_nothing(name: str, cause: str) -> None:
    sample = BY_ID[name]
    code, words = sample.octets[:3].decode(), [line[4:] for line in sample.reply.split("\r\n")]
    broken = "\r\n".join(f"{code}-{word}" for word in " ".join(words).split())
    for text in (other_case(sample.reply), broken):
        reply = reply_of(text.encode(sample.encoding))
        assert judge(refusal_of(sample, reply=reply)).code == cause


def test_no_reply_of_one_provider_is_taken_for_another_s_cause() -> None:
    """Whoever says the words: three others for each reply, each provider in its turn."""
    wrong = []
    zones = cycle(provider.server_zones()[0] for provider in PROVIDERS)
    for name, cause in ROWS:
        refusal = refusal_of(BY_ID[name])
        at_others = {judge(replace(refusal, names=(f"smtp.{zone}",))).code for zone in islice(zones, 3)}
        if at_others != {cause}:
            wrong.append((name, cause, at_others))
    assert wrong == []


def test_every_row_of_the_catalogue_has_a_cause_with_a_sentence() -> None:
    assert len(CATALOGUE) > 200
    for row in CATALOGUE:
        assert row.cause in diagnosis.SENTENCES
        assert row.says or row.enhanced or row.codes


def test_every_row_that_was_collected_is_proven_by_a_reply_and_names_its_source() -> None:
    in_clear_text = IN_CLEAR_TEXT.split()
    found = [find(refusal_of(sample, encrypted=sample.id not in in_clear_text)) for sample in SAMPLES]
    sources = {sample.source for sample in SAMPLES}
    for row in COLLECTED:
        assert any(row is each for each in found), row
        assert row.source in sources
        assert date.fromisoformat(row.read) <= date.today()


def test_samples_name_where_and_when_they_were_read() -> None:
    for sample in SAMPLES:
        assert sample.source.startswith(("https://", "http://")), sample.id
        assert date.fromisoformat(sample.read) <= date.today()
        assert re.fullmatch(r"[a-z0-9-]+", sample.id)
        lines = sample.reply.split("\r\n")
        assert all(re.match(rf"{sample.reply[:3]}-", line) for line in lines[:-1]), sample.id
        assert re.match(rf"{sample.reply[:3]} ", lines[-1]), sample.id


def test_what_was_read_more_than_a_year_ago_is_listed() -> None:
    first = min(date.fromisoformat(sample.read) for sample in SAMPLES)
    assert list(stale(first)) == []
    later = list(stale(first + timedelta(days=366)))
    assert any(line.startswith(f"{first}  preset google  https://") for line in later)
    assert any(f"reply {SAMPLES[0].id} " in line for line in later)


def test_the_documented_replies_are_those_of_the_catalogue() -> None:
    page = PAGE.read_text("utf-8")
    assert page == written(page), "make diagnosis"
