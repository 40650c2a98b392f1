"""The section Partners: the list, its exports, the detail pages, and who sees what there."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import quote_plus

import django_filters
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.views import View
from pytest_django import Settings
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import ObjectList
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry
from wagtail.snippets.views.snippets import IndexView, InspectView, SnippetViewSet

from tests.support.admin import (
    PASSWORD,
    client_of,
    make_partner,
    permit,
    read_again,
    read_spreadsheet,
    url,
    values_of,
)
from wagtail_partner_smtp import audit
from wagtail_partner_smtp.admin.badges import badge_for
from wagtail_partner_smtp.admin.guards import SMTPFormViewMixin
from wagtail_partner_smtp.admin.lists.listing import bulk_test_url, may_list_smtp
from wagtail_partner_smtp.forms import SMTPAccountFormMixin
from wagtail_partner_smtp.models import AbstractPartner, get_partner_model
from wagtail_partner_smtp.viewsets import SMTPAccountViewSetMixin

pytestmark = pytest.mark.django_db

HOST, LOGIN, EMAIL = "mail.hidden-host.example", "hidden-login", "hidden-sender@example.com"
ACCOUNT = {"smtp_host": HOST, "smtp_login": LOGIN, "smtp_email": EMAIL}


@pytest.fixture
def partner() -> AbstractPartner:
    return make_partner(**ACCOUNT)


@pytest.fixture
def client(editor: User) -> Client:
    """Of somebody who may do everything with partners, their mail included."""
    return client_of(permit(editor, "add", "change", "delete", "view", "manage"))


@pytest.fixture
def outsider(editor: User) -> Client:
    """Of somebody who may do everything with partners except manage their mail."""
    return client_of(permit(editor, "add", "change", "delete", "view"))


def page(client: Client, name: str = "list", partner: AbstractPartner | None = None, query: str = "") -> str:
    response = client.get(url(name, partner) + query)
    assert response.status_code == 200
    return response.content.decode()


def names(html: str) -> list[str]:
    return [each for each in ("Alpha", "Beta", "Gamma") if each in html]


# The menu and the list


def test_section_is_in_the_menu_of_those_who_may_do_something_with_partners(
    editor_client: Client, editor: User
) -> None:
    home = reverse("wagtailadmin_home")
    assert url("list") not in editor_client.get(home).content.decode()
    assert editor_client.get(url("list")).status_code == 302
    permit(editor, "view")
    assert url("list") in editor_client.get(home).content.decode()
    assert editor_client.get(url("list")).status_code == 200


def test_list_shows_the_account_and_its_state(client: Client, partner: AbstractPartner) -> None:
    html = page(client)
    for text in ("Acme", HOST, EMAIL, "TLS (STARTTLS)", "Untested"):
        assert text in html
    assert LOGIN not in html


@pytest.mark.parametrize(
    ("status", "label", "icon"),
    [
        ("ok", "OK", "check"),
        ("untrusted", "Certificate not trusted", "warning"),
        ("failed", "Failed", "cross"),
        ("changed", "Changed since the test", "history"),
        ("untested", "Untested", "help"),
    ],
)
def test_state_is_shown_in_words_and_by_a_symbol(
    client: Client, partner: AbstractPartner, status: str, label: str, icon: str
) -> None:
    type(partner)._default_manager.update(smtp_status=status, smtp_tested_at=timezone.now())
    row = page(client).split("partner-smtp-badge--")[1]
    assert row.startswith(status)
    assert f'href="#icon-{icon}"' in row
    assert f"<span data-badge-label>{label}</span>" in row
    assert "Just now" in row


UNREADABLE = "The saved password can no longer be read."


def test_p37_unreadable_password_is_told_in_the_list(
    client: Client, partner: AbstractPartner, settings: Any
) -> None:
    assert UNREADABLE not in page(client)
    settings.PARTNER_SMTP_KEYS = ["another key " * 4]
    assert page(client).count(UNREADABLE) == 1
    partner = read_again(partner)
    partner.set_smtp_password("typed again")
    partner.save()
    assert UNREADABLE not in page(client)


def test_p37_unreadable_password_is_told_to_nobody_else(
    client: Client, partner: AbstractPartner, settings: Any
) -> None:
    settings.PARTNER_SMTP_KEYS = ["another key " * 4]
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.all_but_second"
    type(partner)._default_manager.update(slug="second")
    assert UNREADABLE not in page(client)


def test_unknown_state_counts_as_untested() -> None:
    assert badge_for("something else").label == "Untested"


SEARCHES = [
    ("alph", ["Alpha"]),
    ("the-second", ["Beta"]),
    ("MX-B", ["Beta"]),
    ("user_b", ["Beta"]),
    ("sender-a@", ["Alpha"]),
    ("a.example", ["Alpha"]),
    ("Example", ["Alpha", "Beta"]),
    # Wildcards of a database are letters here.
    ("user%b", []),
    ("100%", ["Alpha"]),
    ("alpha_", []),
    ("\\", ["Beta"]),
]


def make_found() -> None:
    values: list[dict[str, Any]] = [
        {"name": "Alpha 100%", "slug": "the-first", "smtp_login": "", "smtp_email": "sender-a@a.example"},
        {"name": "Beta \\ Sons", "slug": "the-second", "smtp_login": "user_b", "smtp_email": "s@b.example"},
        {"name": "Zzz", "slug": "zzz", "smtp_login": "userXbc", "smtp_email": "z@zzz.org"},
    ]
    for each, host in zip(values, ("mx-a.example", "mx-b.example", "zzz.org"), strict=True):
        make_partner(**each, smtp_host=host, password="")


@pytest.mark.parametrize(("text", "found"), SEARCHES)
@pytest.mark.parametrize("address", ["list", "report"])
def test_search_finds_name_slug_host_login_and_email(
    client: Client, address: str, text: str, found: list[str]
) -> None:
    make_found()
    path = reverse("partner_smtp_report") if address == "report" else url("list")
    response = client.get(path, {"q": text})
    assert sorted(row.name.split()[0] for row in response.context["object_list"]) == found


def test_search_finds_no_account_for_who_may_not_manage_mail(outsider: Client) -> None:
    make_found()
    for text, found in {"user_b": [], "mx-b": [], "s@b": [], "the-second": ["Beta"]}.items():
        response = outsider.get(url("list"), {"q": text})
        assert [row.name.split()[0] for row in response.context["object_list"]] == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?smtp_security=none", ["Alpha"]),
        ("?smtp_status=ok", ["Beta"]),
        ("?active=false", ["Gamma"]),
        ("?smtp_security=tls&active=true", ["Beta"]),
    ],
)
def test_filters(client: Client, query: str, found: list[str]) -> None:
    make_partner(name="Alpha", slug="1", smtp_security="none")
    beta = make_partner(name="Beta", slug="2")
    make_partner(name="Gamma", slug="3", active=False)
    type(beta)._default_manager.filter(pk=beta.pk).update(smtp_status="ok")
    assert names(page(client, query=query)) == found


@pytest.mark.parametrize("query", ["", "?ordering=-name", "?q=example", "?smtp_status=untested"])
def test_number_of_queries_does_not_grow_with_the_list(client: Client, query: str) -> None:
    def count(number: int) -> int:
        for each in range(number):
            make_partner(name=f"P {number} {each}", slug=f"p-{number}-{each}", smtp_host="a.example")
        page(client, query=query)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page(client, query=query)
        return len(queries)

    assert count(2) == count(30)


def test_list_has_fifty_rows_per_page(client: Client) -> None:
    model = get_partner_model()
    model._default_manager.bulk_create(model(name=f"P{n:03}", slug=f"p{n}") for n in range(60))
    html = page(client)
    assert "P049" in html
    assert "P050" not in html


def test_a_row_has_its_test_and_its_history(client: Client, partner: AbstractPartner) -> None:
    test_url = f"{bulk_test_url(type(partner))}?id={partner.pk}&amp;next="
    for address in (url("list"), reverse("partner_smtp_report")):
        html = client.get(address).content.decode()
        for way in (f"{test_url}{quote_plus(address)}", url("history", partner)):
            assert html.count(f'href="{way}"') == 1, (address, way)
        assert client.get(unescape(f"{test_url}{quote_plus(address)}")).context["next"] == address


def test_a_row_has_no_test_for_who_may_not_manage_mail(outsider: Client, partner: AbstractPartner) -> None:
    html = page(outsider)
    assert bulk_test_url(type(partner)) not in html
    assert f'href="{url("history", partner)}"' in html


def test_a_row_has_no_history_for_who_may_only_look(editor: User, partner: AbstractPartner) -> None:
    assert url("history", partner) not in page(client_of(permit(editor, "view")))


def test_pages_share_no_row_where_names_are_the_same(client: Client) -> None:
    model = get_partner_model()
    model._default_manager.bulk_create(model(name="Same", slug=f"p{n}") for n in range(60))
    rows = [row.pk for page in (1, 2) for row in client.get(url("list"), {"p": page}).context["object_list"]]
    assert rows == sorted(rows)
    assert len(set(rows)) == 60


@pytest.mark.skipif(connection.vendor != "sqlite", reason="others look through a small table in any case")
def test_list_is_read_in_the_order_of_an_index(client: Client, partner: AbstractPartner) -> None:
    rows = client.get(url("list")).context["paginator"].object_list
    assert "USING INDEX" in rows[:50].explain()
    assert "TEMP B-TREE" not in rows[:50].explain()


def test_double_click_is_wired_to_the_table(client: Client, partner: AbstractPartner) -> None:
    html = page(client)
    assert 'data-controller="partner-smtp-row-open"' in html
    assert 'data-action="dblclick-&gt;partner-smtp-row-open#open"' in html
    assert 'row-open.js" type="module"' in html


# Exports


def read_export(client: Client, kind: str) -> tuple[list[str], list[list[str]]]:
    return read_spreadsheet(client, url("list"), kind)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_export_has_the_account_but_no_password(client: Client, partner: AbstractPartner, kind: str) -> None:
    headings, rows = read_export(client, kind)
    assert headings == [
        "Name",
        "Slug",
        "Active",
        "SMTP Host",
        "SMTP Port",
        "SMTP Login",
        "SMTP Email",
        "Sender name",
        "Reply-To",
        "SMTP Security",
        "Authentication method",
        "OAuth provider",
        "Mail status",
        "Last test",
    ]
    # An empty cell of a workbook reads as "None".
    assert rows[0][3:7] + rows[0][9:11] == [HOST, "587", LOGIN, EMAIL, "tls", "password"]
    assert rows[0][12] == "untested"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_export_without_the_permission_has_no_account(
    outsider: Client, partner: AbstractPartner, kind: str
) -> None:
    headings, rows = read_export(outsider, kind)
    assert headings == ["Name", "Slug", "Active"]
    assert len(rows[0]) == 3


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t=", "\x01="])
def test_exported_text_is_no_formula(client: Client, beginning: str) -> None:
    make_partner(name=f"{beginning}1+1", smtp_login="=cmd")
    _, [row] = read_export(client, "csv")
    assert row[0].startswith("'")
    assert row[5] == "'=cmd"
    _, [row] = read_export(client, "xlsx")
    assert row[0] == f"{beginning}1+1".lstrip("\t\x01")


# Without the permission


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("list", ""),
        ("list_results", ""),
        ("list", "?q=Acme"),
        ("edit", ""),
        ("copy", ""),
        ("inspect", ""),
        ("history", ""),
        ("usage", ""),
        ("delete", ""),
    ],
)
def test_account_is_shown_nowhere_without_the_permission(
    outsider: Client, partner: AbstractPartner, name: str, query: str
) -> None:
    html = page(outsider, name, None if name.startswith("list") else partner, query)
    for text in (HOST, LOGIN, EMAIL, "TLS (STARTTLS)", "Untested", "smtp_"):
        assert text not in html


def test_search_does_not_tell_hosts_without_the_permission(
    outsider: Client, partner: AbstractPartner
) -> None:
    assert "Acme" in page(outsider, query="?q=acme")
    assert "Acme" not in page(outsider, query="?q=hidden-host")


@pytest.mark.parametrize("query", ["?smtp_security=none", "?smtp_status=ok"])
def test_filters_do_not_work_without_the_permission(
    outsider: Client, partner: AbstractPartner, query: str
) -> None:
    assert "Acme" in page(outsider, query=query)


@pytest.mark.parametrize("field", ["smtp_host", "smtp_security", "smtp_status"])
def test_order_does_not_tell_accounts_without_the_permission(outsider: Client, field: str) -> None:
    make_partner(name="Alpha", slug="1", smtp_host="z.example", smtp_security="tls")
    make_partner(name="Beta", slug="2", smtp_host="a.example", smtp_security="none")
    for sign in ("", "-"):
        html = page(outsider, query=f"?ordering={sign}{field}")
        assert html.index("Alpha") < html.index("Beta")


def test_editing_without_the_permission_loses_nothing(outsider: Client, partner: AbstractPartner) -> None:
    html = page(outsider, "edit", partner)
    assert "tab-smtp" not in html
    response = outsider.post(url("edit", partner), {"name": "Renamed", "slug": "acme", "active": "on"})
    assert response.status_code == 302
    saved = read_again(partner)
    assert saved.name == "Renamed"
    assert (saved.smtp_host, saved.smtp_login, saved.smtp_settings().password) == (HOST, LOGIN, PASSWORD)


def test_p13_crafted_post_without_the_permission_writes_nothing(
    outsider: Client, partner: AbstractPartner
) -> None:
    values = values_of(partner, smtp_host="evil.example", smtp_password="evil", smtp_password_remove="on")
    outsider.post(url("edit", partner), values)
    saved = read_again(partner)
    assert (saved.smtp_host, saved.smtp_settings().password) == (HOST, PASSWORD)
    outsider.post(url("add"), values | {"slug": "new"})
    assert get_partner_model()._default_manager.get(slug="new").smtp_host == ""


def first_only(user: User, partner: Any) -> bool:
    return getattr(partner, "slug", "") == "first"


def test_p14_list_of_a_site_that_decides_per_partner(client: Client, settings: Any) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.first_only"
    make_partner(name="Alpha", slug="first", smtp_host="a.hidden-host.example")
    make_partner(name="Beta", slug="second", smtp_host="b.hidden-host.example")
    html = page(client)
    assert "hidden-host" not in html
    assert names(page(client, query="?q=hidden-host")) == []


def all_but_second(user: User, partner: Any) -> bool:
    return getattr(partner, "slug", "") != "second"


@pytest.mark.parametrize("kind", ["list", "csv"])
def test_p14_rows_that_a_user_may_not_manage_are_empty(client: Client, settings: Any, kind: str) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.all_but_second"
    make_partner(name="Alpha", slug="first", smtp_host="a.hidden-host.example", smtp_email="a@h.example")
    make_partner(name="Beta", slug="second", smtp_host="b.hidden-host.example", smtp_email="b@h.example")
    text = page(client) if kind == "list" else str(read_export(client, "csv"))
    assert "a.hidden-host.example" in text
    assert "a@h.example" in text
    assert "b.hidden-host.example" not in text
    assert "b@h.example" not in text


@pytest.mark.parametrize(
    ("actions", "may"),
    [
        (("change", "manage"), True),
        (("add", "manage"), False),
        (("change",), False),
        (("view", "manage"), False),
    ],
)
def test_list_is_for_those_who_may_change_and_manage(
    editor: User, actions: tuple[str, ...], may: bool
) -> None:
    assert may_list_smtp(permit(editor, *actions), get_partner_model()) is may


# Detail pages


def test_inspect_shows_the_account_without_secrets(client: Client, partner: AbstractPartner) -> None:
    sender = {"smtp_sender_name": "Acme Billing", "smtp_reply_to": "desk@acme.example"}
    type(partner)._default_manager.update(smtp_test_summary={"code": "inner_detail"}, **sender)
    html = page(client, "inspect", partner)
    for shown in (HOST, LOGIN, *sender.values()):
        assert shown in html
    for secret in (partner.smtp_password_encrypted, str(partner.smtp_uuid), "inner_detail"):
        assert secret not in html


def test_inspect_shows_the_port_as_it_is_typed(
    client: Client, partner: AbstractPartner, settings: Settings
) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    get_partner_model()._default_manager.filter(pk=partner.pk).update(smtp_port=2587)
    html = page(client, "inspect", partner)
    assert "2587" in html
    assert "2,587" not in html


def test_p58_inspect_shows_a_trusted_certificate_and_no_fingerprint_written_below_the_site(
    client: Client, partner: AbstractPartner
) -> None:
    assert partner.trust_smtp_certificate("ab" * 32)
    assert "ab" * 32 in page(client, "inspect", partner)
    type(partner)._default_manager.update(smtp_pinned_certificate="cd" * 32)
    html = page(client, "inspect", partner)
    assert "ab" * 32 not in html
    assert "cd" * 32 not in html


def test_inspect_speaks_in_words(client: Client, partner: AbstractPartner) -> None:
    html = page(client, "inspect", partner)
    labels = [" ".join(each.split()) for each in re.findall(r"<dt>(.*?)</dt>", html, re.DOTALL)]
    assert {"SMTP Host", "Mail status", "Last test", "Certificate valid until"} <= set(labels)
    assert [
        label for label in labels if label.lower().startswith("smtp ") and not label.startswith("SMTP")
    ] == []
    assert "None" not in re.findall(r"<dd[^>]*>\s*(.*?)\s*</dd>", html, re.DOTALL)


def test_a_test_is_not_shown_as_an_edit(client: Client, partner: AbstractPartner, superuser: User) -> None:
    log(instance=partner, action="wagtail.edit", user=superuser)
    tester = User.objects.create_user("somebody-who-tests")
    log(instance=partner, action=audit.TEST, user=tester, data={"status": "ok"})
    shown = page(client, "edit", partner)
    assert "somebody-who-tests" not in shown
    assert "somebody-who-tests" in page(client, "history", partner)


def test_p39_copy_starts_without_the_password_and_the_result(
    client: Client, partner: AbstractPartner
) -> None:
    sender = {"smtp_sender_name": "Acme Billing", "smtp_reply_to": "desk@acme.example"}
    type(partner)._default_manager.update(smtp_status="ok", **sender)
    assert partner.trust_smtp_certificate("ab" * 32)
    assert "AB:AB" in page(client, "edit", partner)
    html = page(client, "copy", partner)
    for kept in (HOST, *sender.values()):
        assert kept in html
    assert "No password is saved" in html
    assert "partner-smtp-badge--untested" in html
    assert "AB:AB" not in html
    response = client.post(url("add"), values_of(partner, slug="copy"))
    assert response.status_code == 200
    assert "A login needs a password" in response.content.decode()
    client.post(url("add"), values_of(partner, slug="copy", smtp_password="new"))
    copy = get_partner_model()._default_manager.get(slug="copy")
    assert copy.smtp_settings().password == "new"
    assert (copy.smtp_status, copy.smtp_pinned_certificate) == ("untested", "")
    assert read_again(partner).smtp_settings().password == PASSWORD


def test_p39_copy_is_tested_as_a_new_partner(client: Client, partner: AbstractPartner) -> None:
    html = page(client, "copy", partner)
    assert f'url-value="{url("test_connection_new")}"' in html
    assert url("test_connection", partner) not in html
    assert url("untrust_certificate", partner) not in html


def test_copying_reads_and_never_writes(client: Client, partner: AbstractPartner) -> None:
    assert client.post(url("copy", partner), values_of(partner, name="Overwritten")).status_code == 405
    assert read_again(partner).name == "Acme"


def test_notes_are_told_after_saving(client: Client) -> None:
    values = values_of(smtp_host="ssl://mail.example.com:465", smtp_port="", smtp_password="x")
    html = client.post(url("add"), values, follow=True).content.decode()
    assert "The host was read as mail.example.com." in html
    assert "The security was set to SSL, as in the pasted address." in html


def test_history_tells_what_was_done_to_the_mail(client: Client, partner: AbstractPartner) -> None:
    client.post(url("untrust_certificate", partner))
    assert ModelLogEntry.objects.get().action == "wagtail_partner_smtp.untrust_certificate"
    assert "Stopped trusting the mail server" in page(client, "history", partner)


# Viewsets of a site


class SitesIndexView(IndexView):
    """A site's own list, with columns and filters of its own."""

    list_display = ["name", "smtp_host", "smtp_login"]


class SitesFilterSet(WagtailFilterSet):
    where = django_filters.CharFilter(field_name="smtp_host")
    name = django_filters.CharFilter(field_name="name")

    class Meta:
        model = get_partner_model()
        fields: list[str] = []


class SitesForm(WagtailAdminModelForm):
    """A site's own form, which knows nothing of SMTP."""


class SitesViewSet(SMTPAccountViewSetMixin, SnippetViewSet):
    """A site's own viewset: every class that it names is guarded nevertheless."""

    model = get_partner_model()
    index_view_class = SitesIndexView
    filterset_class = SitesFilterSet
    list_export = ["name", "smtp_login"]
    inspect_view_enabled = True
    inspect_view_fields = ["name", "smtp_host", "smtp_password_encrypted"]
    edit_handler = ObjectList([], base_form_class=SitesForm)


@pytest.fixture
def get(editor: User, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Ask one of the views for something, as a user with these permissions."""

    def get_from(view: str, *actions: str, query: str = "", **kwargs: Any) -> Any:
        request = RequestFactory().get(url("list") + query)
        request.user = permit(editor, "view", "change", *actions)
        return getattr(SitesViewSet(), view)(request, **kwargs)

    return get_from


def test_own_list_of_a_site_is_guarded(get: Callable[..., Any], partner: AbstractPartner) -> None:
    columns = {column.name for column in get("index_view").context_data["table"].columns.values()}
    assert columns & {"smtp_host", "smtp_login"} == set()
    columns = {column.name for column in get("index_view", "manage").context_data["table"].columns.values()}
    assert {"smtp_host", "smtp_login"} <= columns


def test_own_filter_of_a_site_is_guarded(get: Callable[..., Any], partner: AbstractPartner) -> None:
    assert len(get("index_view", query="?where=x").context_data["object_list"]) == 1
    assert len(get("index_view", query="?name=x").context_data["object_list"]) == 0
    assert len(get("index_view", "manage", query="?where=x").context_data["object_list"]) == 0


def test_own_export_of_a_site_is_guarded(get: Callable[..., Any], partner: AbstractPartner) -> None:
    assert LOGIN not in b"".join(get("index_view", query="?export=csv").streaming_content).decode()
    assert LOGIN in b"".join(get("index_view", "manage", query="?export=csv").streaming_content).decode()


def test_own_details_of_a_site_are_guarded(get: Callable[..., Any], partner: AbstractPartner) -> None:
    def labels(*actions: str) -> list[str]:
        response = get("inspect_view", *actions, pk=str(partner.pk))
        return [field["label"] for field in response.context_data["fields"]]

    assert labels() == ["Name"]
    assert labels("manage") == ["Name", "SMTP Host"]


def test_own_form_of_a_site_is_guarded() -> None:
    form_class = SitesViewSet().get_form_class()
    assert issubclass(form_class, SMTPAccountFormMixin)
    assert issubclass(form_class, SitesForm)


def test_own_inspect_view_is_guarded() -> None:
    class Sites(SitesViewSet):
        class Inspect(InspectView):
            pass

        inspect_view_class = Inspect

    view = Sites().inspect_view.view_class
    assert issubclass(view, Sites.Inspect)
    assert view.__mro__.index(Sites.Inspect) > 1


def test_form_does_not_save_while_a_password_is_typed(rf: RequestFactory) -> None:
    class ViewWithAutosave(View):
        def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
            super().setup(request, *args, **kwargs)
            self.autosave_enabled = True

    view = type("Guarded", (SMTPFormViewMixin, ViewWithAutosave), {})()
    view.setup(rf.get("/"))
    assert view.autosave_enabled is False
