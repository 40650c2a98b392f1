"""Extensions and certificates in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smtp_sandbox.pytest_plugin import Served
from wagtail_partner_smtp import connection_test
from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.diagnosis.certificate import days_left, validity
from wagtail_partner_smtp.diagnosis.extensions import _MEANINGS, explain
from wagtail_partner_smtp.smtp.certificate import TLSFacts

from ..smtp.accounts import account, policy_for


def run(target: Any, **values: Any) -> ConnectionReport:
    return connection_test.run(account(target, **values), policy_for(target))


# Extensions


@pytest.mark.parametrize(
    ("parameters", "meaning"),
    [
        ("10240000", "Accepts messages of up to 9.8\xa0MB."),
        ("0052428800", "Accepts messages of up to 50.0\xa0MB."),
        ("0", "Sets no fixed limit to the size of a message."),
        ("", "Sets no fixed limit to the size of a message."),
        ("9" * 300, "Sets no fixed limit to the size of a message."),
        ("-5", "Sets no fixed limit to the size of a message."),
        ("٣", "Sets no fixed limit to the size of a message."),
        ("many", "Sets no fixed limit to the size of a message."),
    ],
)
def test_size_is_told_in_megabytes(parameters: str, meaning: str) -> None:
    assert explain({"SIZE": parameters})["SIZE"].meaning == meaning


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("SIZE 9999999", "The server accepts messages of up to 9.5\xa0MB only."),
        ("SIZE 0500", "The server accepts messages of up to 500\xa0bytes only."),
        ("SIZE 10000000", ""),
        ("SIZE 10240000", ""),  # Postfix, unless it is told otherwise
        ("SIZE 0", ""),
        ("SIZE", ""),
        ("SIZE many", ""),
        ("DSN", ""),
    ],
)
@pytest.mark.parametrize("mode", ["plain", "starttls"])
def test_a_limit_that_is_too_low_for_attachments_is_told(
    smtp: Served, mode: Any, line: str, words: str
) -> None:
    unspoken = ("SIZE",) if line.startswith("SIZE") else ()
    listener = smtp.listen(mode=mode, extensions=(line,), unspoken=unspoken)
    report = run(listener, login="", password="")
    assert (report.ok, report.deliverable) == (True, True)
    said = [each.message for each in report.warnings if each.code == "size_limit_low"]
    assert said == ([words] if words else [])


def test_mechanisms_are_listed() -> None:
    assert explain({"AUTH": "PLAIN  LOGIN"})["AUTH"].meaning == "Lets users log in, with PLAIN, LOGIN."
    assert explain({"AUTH": ""})["AUTH"].meaning == "Lets users log in."


def test_unknown_extensions_are_left_as_they_are() -> None:
    assert list(explain({"XYZZY": "1", "DSN": "", "%(size)s": ""})) == ["DSN"]


def test_every_meaning_is_a_sentence_and_names_its_source() -> None:
    assert len(_MEANINGS) > 20
    for keyword, extension in explain(dict.fromkeys(_MEANINGS, "")).items():
        assert re.fullmatch(r"[A-Z].*\.", extension.meaning), keyword
        assert re.fullmatch(r"RFC \d{4}|Postfix", extension.source), keyword
        assert keyword == keyword.upper()


def test_the_report_explains_what_the_server_offers(smtp: Served) -> None:
    data = run(smtp.plain).as_dict()
    assert data["extension_notes"]["SIZE"] == {
        "meaning": "Accepts messages of up to 32.0\xa0MB.",
        "source": "RFC 1870",
    }
    assert set(data["extension_notes"]) <= set(data["extensions"])
    assert data["extensions"]["AUTH"] == "PLAIN LOGIN"


# How long a certificate holds


def facts(*, left: timedelta, life: timedelta = timedelta(days=365)) -> TLSFacts:
    expires = datetime.now(UTC) + left + timedelta(minutes=1)
    return TLSFacts(not_before=expires - life, not_after=expires)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (9999, "More than ten years left"),
        (61, "61 days left"),
        (1, "1 day left"),
        (0, "Less than a day left"),
        (-1, "Expired within the last day"),
        (-2, "Expired 1 day ago"),
        (-31, "Expired 30 days ago"),
    ],
)
def test_time_left_in_words(days: int, words: str) -> None:
    assert days_left(days) == words
    assert days_left(facts(left=timedelta(days=days)).days_left or 0) == words


@pytest.mark.parametrize(
    ("left", "life", "level", "percent"),
    [
        (300, 365, "good", 82),
        (31, 90, "good", 34),
        (30, 91, "soon", 33),
        (30, 365, "soon", 8),
        # One that lives a week is not "soon" from its first day on.
        (5, 7, "good", 71),
        (2, 7, "soon", 29),
        (0, 365, "soon", 0),
        (-1, 365, "bad", 0),
        (-30, 365, "bad", 0),
    ],
)
def test_the_level_follows_the_time_that_is_left(left: int, life: int, level: str, percent: int) -> None:
    found = validity(facts(left=timedelta(days=left), life=timedelta(days=life)))
    assert found is not None
    assert (found.level, found.percent_left) == (level, percent)


def test_a_certificate_of_the_future_is_not_valid_yet() -> None:
    found = validity(facts(left=timedelta(days=400), life=timedelta(days=365)))
    assert found is not None
    assert (found.level, found.message) == ("bad", "Not valid yet")


def test_unreadable_dates_say_nothing() -> None:
    assert validity(TLSFacts()) is None
    assert validity(TLSFacts(not_after=datetime.now(UTC))) is None


# Why it is trusted, or not


@pytest.mark.parametrize(
    ("profile", "mode", "words"),
    [
        ("honest", "ssl", "Verified: an authority that this site knows has issued it for this host."),
        ("cert-expired", "ssl", "Not trusted: The server's certificate has expired."),
        ("cert-expired", "starttls", "Not trusted: The server's certificate has expired."),
        (
            "cert-wrong-host",
            "ssl",
            "Not trusted: The server's certificate is for another name than localhost (wrong-host.example).",
        ),
        ("honest", "plain", ""),
    ],
)
def test_the_reason_is_told_in_a_sentence(smtp: Served, profile: str, mode: Any, words: str) -> None:
    report = run(smtp.listen(profile, mode=mode))
    assert report.trust == words
    assert (report.as_dict()["tls"] or {"trust": ""})["trust"] == words


def test_a_pinned_certificate_says_what_is_wrong_with_it(smtp: Served) -> None:
    listener = smtp.listen("cert-expired", mode="ssl")
    seen = run(listener).tls
    assert seen is not None
    report = run(listener, pinned_certificate=seen.sha256)
    assert report.deliverable
    assert report.trust == (
        "Trusted for this partner by its fingerprint. It cannot be verified: The server's certificate has expired."
    )


def test_another_certificate_than_the_pinned_one_is_the_reason(smtp: Served) -> None:
    report = run(smtp.listen("cert-expired", mode="ssl"), pinned_certificate="ab" * 32)
    assert report.trust == (
        "Not trusted: The server shows another certificate than the one that is trusted for this partner."
    )


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
def test_p24_a_certificate_that_was_trusted_before_is_told_about(smtp: Served, mode: Any) -> None:
    listener = smtp.listen("cert-expired", mode=mode)
    seen = run(listener).tls
    assert seen is not None
    plain = run(smtp.listen("cert-expired", mode="starttls")).error
    same = run(listener, known_certificate=seen.sha256).error
    other = run(listener, known_certificate="ab" * 32).error
    assert plain
    assert same
    assert other
    assert same.hint == f"At an earlier test this same certificate was trusted. {plain.hint}"
    assert other.hint.startswith("At an earlier test this server had a certificate that was trusted, now it")
    assert other.hint.endswith(plain.hint)
    assert "earlier test" not in plain.hint
