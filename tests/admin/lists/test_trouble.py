"""Why a partner's mail cannot be sent, in lists and spreadsheets: from codes alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.admin.lists.test_bulk import post_saved
from tests.admin.lists.test_report import URL, make
from tests.support.admin import RIGHT, account_of, listen, make_partner, read_again, read_spreadsheet, url
from wagtail_partner_smtp.admin.lists.trouble import why
from wagtail_partner_smtp.admin.mail_words import short_reason
from wagtail_partner_smtp.diagnosis import SENTENCES
from wagtail_partner_smtp.models import AbstractPartner
from wagtail_partner_smtp.smtp.errors import Code

pytestmark = pytest.mark.django_db


def failed(code: str, stage: str = "", **columns: Any) -> AbstractPartner:
    summary = {"code": code, "stage": stage, "cause": code}
    return read_again(make("Alpha", **{"smtp_status": "failed"} | columns, smtp_test_summary=summary))


@pytest.mark.parametrize(
    ("code", "stage", "sentence"),
    [
        ("auth_failed", "auth", "The server does not accept login and password."),
        ("host_unknown", "resolve", "There is no server of the name mx.example on the public internet."),
        (
            "connection_refused",
            "connect",
            "The server refuses connections on port 25: nothing listens there.",
        ),
        ("deadline_passed", "ehlo", "The server did not answer in time (step: Greeting)."),
        ("server_busy", "connect", "The server is busy and asks to try again later."),
        (
            "certificate_wrong_host",
            "connect",
            "The server's certificate is for another name than mx.example.",
        ),
        ("", "", ""),
        ("no_such_code", "no_such_stage", "Something unexpected happened (no_such_code)."),
    ],
)
def test_sentence_is_made_of_the_code_and_the_account(code: str, stage: str, sentence: str) -> None:
    assert why(failed(code, stage, smtp_host="mx.example", smtp_port=None)) == sentence


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_no_sentence_has_brackets_around_nothing(language: str) -> None:
    with translation.override(language):
        for code in Code:
            sentence = short_reason(code, "ehlo", None)
            assert re.search(r"\([^)]*…[^)]*\)| [.,]", sentence) is None, sentence


@pytest.mark.parametrize("status", ["ok", "untested", "changed"])
def test_a_state_that_is_not_broken_has_no_reason(status: str) -> None:
    assert why(failed("auth_failed", "auth", smtp_status=status)) == ""


def test_result_of_an_earlier_version_has_its_reason(client: Client) -> None:
    summary = {"code": "auth_failed", "stage": "auth"}
    partner = make("Alpha", smtp_status="failed", smtp_test_summary=summary)
    assert why(read_again(partner)) == "The server does not accept login and password."
    bare = make("Beta", smtp_status="failed", smtp_test_summary={})
    assert why(read_again(bare)) == ""


def test_p27_nothing_that_the_server_said_is_in_it(client: Client, smtp: Served, settings: Any) -> None:
    rule = on("MAIL", reply="550 5.7.1 token=abc-7391 https://evil.example/")
    server = listen(smtp, settings, mode="starttls", rules=(rule,))
    partner = make_partner(**account_of(server), password=RIGHT)
    assert post_saved(client, partner)[1]["badge"]["status"] == "failed"
    sentence = "This login may not send mail from this address."
    pages = [client.get(address).content.decode() for address in (url("list"), URL)]
    cells = str(read_spreadsheet(client, URL, "csv")[1])
    for shown in (*pages, cells):
        assert sentence in shown
        for secret in ("abc-7391", "evil.example", "5.7.1"):
            assert secret not in shown


def test_of_an_untrusted_certificate_the_fault_is_named(client: Client, smtp: Served, settings: Any) -> None:
    server = listen(smtp, settings, mode="ssl", certificate="self-signed")
    partner = make_partner(**account_of(server), password=RIGHT)
    post_saved(client, partner)
    assert read_again(partner).smtp_status == "untrusted"
    assert why(read_again(partner)) == (
        "The server has signed its certificate itself: no authority has confirmed it."
    )


def test_it_is_in_the_users_language() -> None:
    partner = failed("auth_failed", "auth")
    with translation.override("de"):
        assert why(partner) == str(SENTENCES[Code.AUTH_FAILED].message) != ""
        assert "Server" in why(partner)
        assert "login and password" not in why(partner)


def test_it_is_in_the_tab_too(client: Client) -> None:
    html = client.get(url("edit", failed("auth_failed", "auth"))).content.decode()
    assert 'report-target="why">The server does not accept login and password.</p>' in html


def test_what_is_typed_into_the_account_is_text(client: Client) -> None:
    failed("host_unknown", "resolve", smtp_host="<b>x</b>")
    html = client.get(URL).content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "<b>x</b>" not in html


def test_what_keeps_mail_whatever_the_test_found_is_said_instead(client: Client, settings: Any) -> None:
    partner = make_partner(password=RIGHT)
    type(partner)._default_manager.update(
        smtp_status="failed", smtp_test_summary={"cause": "password_unreadable"}
    )
    settings.PARTNER_SMTP_KEYS = ["another key " * 4]
    html = client.get(URL).content.decode()
    assert html.count("can no longer be read") == 1
