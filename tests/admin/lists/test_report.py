"""The report *Partner mail*: who may open it, what it shows, and what leaves it as a spreadsheet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from tests.support.admin import HTTP_AJAX, client_of, make_partner, permit, read_spreadsheet
from tests.support.admin import url as section_url
from wagtail_partner_smtp.account.columns import SMTPStatus
from wagtail_partner_smtp.admin.badges import certificate_term
from wagtail_partner_smtp.admin.lists import spreadsheets
from wagtail_partner_smtp.admin.lists.report import PartnerMailReport
from wagtail_partner_smtp.models import AbstractPartner, get_partner_model

pytestmark = pytest.mark.django_db

URL, RESULTS = "/admin/reports/partner-mail/", "/admin/reports/partner-mail/results/"
CERTIFICATE, OTHER_CERTIFICATE = "ab" * 32, "cd" * 32
HOST, LOGIN = "mail.hidden-host.example", "hidden-login"


def make(name: str, **columns: Any) -> AbstractPartner:
    """A partner with what only tests and deliveries write."""
    values = {key: columns.pop(key) for key in ("smtp_security", "smtp_host", "active") if key in columns}
    partner = make_partner(name=name, slug=name.lower(), smtp_login="", password="", **values)
    get_partner_model()._default_manager.filter(pk=partner.pk).update(**columns)
    return partner


def make_pinned(name: str, seen: str = CERTIFICATE, **columns: Any) -> AbstractPartner:
    """One whose certificate is trusted by its fingerprint, while the last test has seen ``seen``."""
    partner = make(name)
    assert partner.trust_smtp_certificate(CERTIFICATE)
    columns |= {"smtp_known_certificate": seen}
    get_partner_model()._default_manager.filter(pk=partner.pk).update(**columns)
    return partner


def days(number: float) -> datetime:
    return timezone.now() + timedelta(days=number)


def html_of(client: Client, query: str = "", address: str = URL) -> str:
    response = client.get(address + query)
    assert response.status_code == 200
    return response.content.decode()


def names(client: Client, query: str = "", address: str = URL) -> list[str]:
    """The partners of the page, from top to bottom."""
    response = client.get(address + query)
    assert response.status_code == 200
    return [partner.name for partner in response.context["object_list"]]


# Who may open it


@pytest.mark.parametrize(
    ("actions", "may"),
    [
        ((), False),
        (("view", "add", "change", "delete"), False),
        (("view", "manage"), False),
        (("add", "manage"), False),
        (("change", "manage"), True),
    ],
)
def test_report_is_for_those_who_manage_mail(editor: User, actions: tuple[str, ...], may: bool) -> None:
    make("Alpha", smtp_host=HOST)
    client = client_of(permit(editor, *actions))
    assert (URL in html_of(client, address=reverse("wagtailadmin_home"))) is may
    for address in (URL, RESULTS, f"{URL}?export=csv", f"{URL}?export=xlsx"):
        response = client.get(address)
        assert response.status_code == (200 if may else 302)
        if not may:
            assert response["Location"] == reverse("wagtailadmin_home")
            assert client.get(address, headers=HTTP_AJAX).status_code == 403


def test_without_logging_in_there_is_no_report() -> None:
    response = Client().get(URL)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("wagtailadmin_login"))


def all_but_beta(user: Any, partner: Any) -> bool:
    return getattr(partner, "name", "") != "Beta"


def beta_only(user: Any, partner: Any) -> bool:
    return getattr(partner, "name", "") == "Beta"


@pytest.mark.parametrize("query", ["", "?q=hidden-host", "?smtp_status=failed", "?ordering=name"])
def test_partner_that_a_site_refuses_is_not_in_the_report(client: Client, settings: Any, query: str) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.all_but_beta"
    make("Alpha", smtp_host=f"a.{HOST}", smtp_status="failed")
    make("Beta", smtp_host=f"b.{HOST}", smtp_status="failed")
    html = html_of(client, query)
    assert "Alpha" in html
    assert "Beta" not in html
    assert client.get(URL + query).context["items_count"] == 1
    for kind in ("csv", "xlsx"):
        assert [row[0] for row in read_spreadsheet(client, URL + query, kind)[1]] == ["Alpha"]


def test_a_site_that_refuses_the_model_has_no_report(client: Client, settings: Any) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.beta_only"
    make("Beta")
    assert client.get(URL).status_code == 302
    assert URL not in html_of(client, address=reverse("wagtailadmin_home"))


def test_rows_that_the_section_leaves_out_are_not_in_the_report(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("Alpha")
    make("Beta")

    def only_alpha(request: Any) -> QuerySet[AbstractPartner]:
        return get_partner_model()._default_manager.filter(name="Alpha")

    monkeypatch.setattr(get_partner_model().snippet_viewset, "get_queryset", only_alpha)  # type: ignore[attr-defined]
    assert names(client) == ["Alpha"]


# What it shows


def test_row_says_how_the_mail_is(client: Client) -> None:
    partner = make(
        "Alpha",
        smtp_security="ssl",
        smtp_status="failed",
        smtp_status_since=days(-3.1),
        smtp_tested_at=days(-1.1),
        smtp_certificate_until=days(61.5),
        smtp_last_mail_at=days(-14.1),
    )
    html = html_of(client).replace("\xa0", " ")
    for text in ("Failed", "3 days ago", "1 day ago", "61 days left", "SSL", "2 weeks ago"):
        assert text in html
    assert f'href="{section_url("edit", partner)}"' in html


def test_row_of_an_untested_partner_has_no_dates(client: Client) -> None:
    make("Alpha")
    html = html_of(client).split("<tbody>")[1]
    assert "Untested" in html
    for text in ("<time", "None", "partner-smtp-term"):
        assert text not in html


@pytest.mark.parametrize(
    ("left", "label", "level"),
    [
        (400.5, "400 days left", "good"),
        (14.5, "14 days left", "good"),
        (13.5, "13 days left", "soon"),
        (1.5, "1 day left", "soon"),
        (0.5, "Less than a day left", "soon"),
        (-0.5, "Expired within the last day", "ended"),
        (-1.5, "Expired 1 day ago", "ended"),
        (-30.5, "Expired 30 days ago", "ended"),
    ],
)
def test_time_left_is_told_in_words(client: Client, left: float, label: str, level: str) -> None:
    make("Alpha", smtp_certificate_until=days(left))
    html = html_of(client)
    assert label in html
    assert f"partner-smtp-term--{level}" in html


def test_last_day_of_the_calendar_is_shown(client: Client) -> None:
    make("Alpha", smtp_certificate_until=datetime(9999, 12, 30, tzinfo=UTC))
    assert "More than ten years left" in html_of(client)


def test_pinned_certificate_is_said_to_be(client: Client) -> None:
    make("Alpha", smtp_certificate_until=days(5))
    assert "Trusted by its fingerprint" not in html_of(client)
    partner = make_pinned("Beta", smtp_certificate_until=days(5))
    html = html_of(client)
    assert "Trusted by its fingerprint" in html
    assert "partner-smtp-term--good" in html
    type(partner)._default_manager.update(smtp_known_certificate=OTHER_CERTIFICATE)
    assert "Trusted by its fingerprint" not in html_of(client)


def test_no_certificate_has_no_term() -> None:
    assert certificate_term(make("Alpha")) is None


def test_unreadable_password_is_told(client: Client, settings: Any) -> None:
    make_partner()
    settings.PARTNER_SMTP_KEYS = ["another key " * 4]
    assert "The saved password can no longer be read." in html_of(client)


HOSTILE = '<script>alert("x")</script>'


def test_names_are_text(client: Client) -> None:
    make_partner(name=HOSTILE)
    for address in (URL, RESULTS):
        html = html_of(client, address=address)
        assert HOSTILE not in html
        assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;" in html


@pytest.mark.parametrize(
    ("query", "found"),
    [("?q=alph", ["Alpha"]), ("?q=MX-B", ["Beta"]), ("?q=%25", []), ("?q=nobody", [])],
)
def test_search_finds_names_and_hosts(client: Client, query: str, found: list[str]) -> None:
    make("Alpha", smtp_host="mx-a.example")
    make("Beta", smtp_host="mx-b.example")
    assert names(client, query) == names(client, query, RESULTS) == found
    assert ("No partners match your query." in html_of(client, query)) is (not found)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?smtp_status=failed", ["Beta"]),
        ("?smtp_status=failed&smtp_status=untrusted", ["Beta", "Gamma"]),
        ("?smtp_security=none", ["Alpha"]),
        ("?active=false", ["Delta"]),
        ("?active=true", ["Alpha", "Beta", "Gamma"]),
        ("?certificate=14", ["Alpha", "Delta"]),
        ("?certificate=30", ["Alpha", "Beta", "Delta"]),
        ("?last_mail=30", ["Alpha", "Beta"]),
        ("?last_mail=90", ["Beta"]),
        ("?last_mail=never", ["Delta"]),
        ("?certificate=30&active=true&last_mail=90", ["Beta"]),
        ("?smtp_status=nonsense&certificate=nonsense", ["Alpha", "Beta", "Delta", "Gamma"]),
    ],
)
def test_filters(client: Client, query: str, found: list[str]) -> None:
    make("Alpha", smtp_security="none", smtp_certificate_until=days(13.9), smtp_last_mail_at=days(-31))
    make("Beta", smtp_status="failed", smtp_certificate_until=days(14.1), smtp_last_mail_at=days(-91))
    make("Gamma", smtp_status="untrusted", smtp_certificate_until=days(30.1), smtp_last_mail_at=days(-29))
    make("Delta", smtp_status="ok", active=False, smtp_certificate_until=days(-1))
    assert sorted(names(client, query)) == found


def test_end_of_a_certificate_that_is_trusted_by_its_fingerprint_does_not_count(client: Client) -> None:
    make_pinned("Alpha", smtp_certificate_until=days(-5))
    make_pinned("Beta", smtp_certificate_until=days(5))
    make("Gamma", smtp_certificate_until=days(-5))
    make_pinned("Delta", OTHER_CERTIFICATE, smtp_certificate_until=days(5))
    assert sorted(names(client, "?certificate=14")) == ["Delta", "Gamma"]


def test_p58_a_pin_rewritten_below_the_site_hides_no_end_of_a_certificate(client: Client) -> None:
    """Neither a bare fingerprint nor one beside the seal of another."""
    make("Bare", smtp_certificate_until=days(-5), smtp_known_certificate=OTHER_CERTIFICATE)
    make_pinned("Sealed", OTHER_CERTIFICATE, smtp_certificate_until=days(-5))
    get_partner_model()._default_manager.update(smtp_pinned_certificate=OTHER_CERTIFICATE)
    assert sorted(names(client, "?certificate=14")) == ["Bare", "Sealed"]
    html = html_of(client)
    assert "Trusted by its fingerprint" not in html
    assert html.count("partner-smtp-term--ended") == 2


def test_mail_that_cannot_be_sent_is_found(client: Client, settings: Any) -> None:
    assert client.get(f"{URL}?mail=broken").context["items_count"] == 0
    for status in ("ok", "untested", "changed", "untrusted", "failed"):
        make(status, smtp_status=status)
    make("Empty", smtp_status="failed", smtp_host="")
    make_partner(name="Locked", slug="locked")
    type(make("Sealed"))._default_manager.filter(slug="locked").update(smtp_status="ok")
    assert names(client, "?mail=broken") == ["failed", "untrusted"]
    settings.PARTNER_SMTP_KEYS = ["another key " * 4]
    assert names(client, "?mail=broken") == ["Locked", "failed", "untrusted"]
    settings.PARTNER_SMTP_KEYS = ["another key " * 4, settings.SECRET_KEY]
    assert names(client, "?mail=broken") == ["failed", "untrusted"]


def test_what_is_urgent_comes_first(client: Client) -> None:
    for number, status in enumerate(("ok", "untested", "changed", "untrusted", "failed", "failed")):
        make(f"P{number}", smtp_status=status)
    expected = ["P4", "P5", "P3", "P2", "P1", "P0"]
    assert names(client) == expected
    assert names(client, "?ordering=nonsense") == expected
    assert names(client, "?ordering=-smtp_status") == ["P0", "P1", "P2", "P3", "P4", "P5"]


def test_every_state_has_its_urgency(client: Client) -> None:
    for name, status in enumerate(SMTPStatus):
        make(str(name), smtp_status=status)
    states = [SMTPStatus.values[int(name)] for name in names(client)]
    assert states == [
        *("failed", "login_unused", "untrusted", "unproven", "changed", "untested", "not_set_up", "ok")
    ]
    assert [SMTPStatus.values[int(name)] for name in names(client, "?ordering=-smtp_status")] == states[::-1]


@pytest.mark.parametrize(
    "column", ["smtp_certificate_until", "smtp_status_since", "smtp_tested_at", "smtp_last_mail_at"]
)
def test_rows_without_a_date_come_last(client: Client, column: str) -> None:
    make("Never", **{column: None})
    make("Late", **{column: days(20)})
    make("Early", **{column: days(-20)})
    assert names(client, f"?ordering={column}") == ["Early", "Late", "Never"]
    assert names(client, f"?ordering=-{column}") == ["Late", "Early", "Never"]


@pytest.mark.parametrize("column", ["name", "smtp_security", "active"])
def test_other_columns_order_too(client: Client, column: str) -> None:
    make("Alpha", smtp_security="none", active=False)
    make("Beta", smtp_security="tls", active=True)
    assert names(client, f"?ordering={column}") == ["Alpha", "Beta"]
    assert names(client, f"?ordering=-{column}") == ["Beta", "Alpha"]


def make_many(number: int) -> None:
    model, soon, long_ago = get_partner_model(), days(5), days(-40)
    model._default_manager.bulk_create(
        model(
            name=f"P{each:03}",
            slug=f"p{each}",
            smtp_host="localhost",
            smtp_status="failed",
            smtp_certificate_until=soon,
            smtp_last_mail_at=long_ago,
        )
        for each in range(number)
    )


def test_report_has_fifty_rows_per_page(client: Client) -> None:
    make_many(120)
    assert names(client) == [f"P{each:03}" for each in range(50)]
    assert names(client, "?p=3") == [f"P{each:03}" for each in range(100, 120)]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?ordering=-smtp_certificate_until",
        "?q=p&smtp_status=failed&certificate=30&last_mail=30",
        "?export=csv",
    ],
)
def test_number_of_queries_does_not_grow(client: Client, query: str) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(URL + query)
            assert response.status_code == 200
            assert b"P000" in response.getvalue()
        return len(queries)

    make_many(10)
    count()
    few = count()
    get_partner_model()._default_manager.all().delete()
    make_many(1000)
    # A spreadsheet is read in portions of 500.
    assert count() == few + ("export" in query)


# Spreadsheets


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_spreadsheet_has_what_the_report_shows_and_no_secret(client: Client, kind: str) -> None:
    partner = make_partner(name="Alpha", slug="alpha", smtp_login=LOGIN)
    until = days(61.5)
    type(partner)._default_manager.update(smtp_status="failed", smtp_certificate_until=until)
    headings, [row] = read_spreadsheet(client, URL, kind)
    assert headings == [
        "Name",
        "Slug",
        "Active",
        "Mail status",
        "Reason",
        "Since",
        "Last test",
        "Certificate valid until",
        "Days left",
        "SMTP Security",
        "Last mail",
        "Failed attempts",
    ]
    assert row[:4] == ["Alpha", "alpha", "True", "Failed"]
    assert row[7].startswith(f"{until:%Y-%m-%d}")
    assert row[8:10] == ["61", "TLS (STARTTLS)"]
    for secret in (LOGIN, partner.smtp_password_encrypted, str(partner.smtp_uuid)):
        assert secret not in str(row)


def test_spreadsheet_has_all_pages_and_follows_filters(client: Client) -> None:
    make_many(120)
    make("Other", smtp_status="ok")
    assert len(read_spreadsheet(client, URL, "csv")[1]) == 121
    assert [row[0] for row in read_spreadsheet(client, f"{URL}?smtp_status=ok", "csv")[1]] == ["Other"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_spreadsheet_is_read_in_portions(client: Client, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    make_many(5)
    monkeypatch.setattr(spreadsheets, "ROWS_AT_A_TIME", 2)
    for address in (URL, section_url("list")):
        with CaptureQueriesContext(connection) as queries:
            rows = read_spreadsheet(client, address, kind)[1]
        assert [row[0] for row in rows] == [f"P{each:03}" for each in range(5)]
        table = get_partner_model()._meta.db_table
        asked = [query["sql"] for query in queries if f'FROM "{table}"' in query["sql"].replace("`", '"')]
        whole = [sql for sql in asked if "smtp_host" in sql.partition(" FROM ")[0]]
        assert (len(asked), len(whole)) == (4, 3)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ('Ann;=HYPERLINK("https://evil.example")', 'Ann;\'=HYPERLINK("https://evil.example")'),
        ("Ann; @SUM(1)", "Ann; '@SUM(1)"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\u200b=1+1", "'=1+1"),
        ("Ann+Bob = 1; Co-op", "Ann+Bob = 1; Co-op"),
    ],
)
def test_formulas_of_other_regions_are_text_as_well(client: Client, name: str, cell: str) -> None:
    make_partner(name=name)
    assert read_spreadsheet(client, URL, "csv")[1][0][0] == cell


def test_what_is_no_text_is_no_formula_either() -> None:
    """A column of a site's own may hold anything with a name, such as another row."""
    partner = make_partner(name="=1+1")
    view = PartnerMailReport()
    assert view.preprocess_field_value("owner", partner, "csv") == "'=1+1"
    assert view.preprocess_field_value("owner", gettext_lazy("=1+1"), "csv") == "'=1+1"


def test_text_of_a_spreadsheet_is_no_formula(client: Client) -> None:
    make_partner(name='=HYPERLINK("https://evil.example")')
    make_partner(name="-30 days", slug="b")
    type(make("Gamma"))._default_manager.filter(name="Gamma").update(smtp_certificate_until=days(-9.5))
    rows = read_spreadsheet(client, f"{URL}?ordering=name", "csv")[1]
    assert [row[0] for row in rows] == ["'-30 days", '\'=HYPERLINK("https://evil.example")', "Gamma"]
    # A number stays one.
    assert rows[2][8] == "-10"
