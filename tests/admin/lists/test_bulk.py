"""Testing many partners at once: the action in the list, its page, and the endpoint for each of them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from wagtail.models import ModelLogEntry

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from test_project.shop.models import Brand, Supplier, Warehouse
from tests.conftest import Grant
from tests.support.admin import (
    HTTP_AJAX,
    RIGHT,
    account_of,
    client_of,
    make_partner,
    permit,
    reach,
    read_again,
    url,
)
from wagtail_partner_smtp.connection_test import leases
from wagtail_partner_smtp.models import AbstractPartner, get_partner_model

pytestmark = pytest.mark.django_db

REPORT = reverse("partner_smtp_report")
LABEL = "Test connection of selected snippets"
TESTED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def action(model: Any, query: str = "") -> str:
    options = model._meta
    return (
        reverse("wagtail_bulk_action", args=[options.app_label, options.model_name, "test_connection"])
        + query
    )


def chosen(*partners: AbstractPartner) -> str:
    return action(get_partner_model(), "?" + "&".join(f"id={partner.pk}" for partner in partners))


def urls_on(client: Client, address: str) -> list[str]:
    """What the page tests, in its order."""
    response = client.get(address)
    assert response.status_code == 200
    before, behind = json.loads(response.context["table"])["test"]
    return [f"{before}{row[0]}{behind}" for row in rows_on(response)]


def rows_on(response: Any) -> list[list[Any]]:
    """Key, name, server's place, badge's place, when tested, whether inactive."""
    table: dict[str, list[list[Any]]] = json.loads(response.context["table"])
    return table["rows"]


def post_saved(client: Client, partner: AbstractPartner, **values: Any) -> tuple[int, dict[str, Any]]:
    response = client.post(url("test_saved", partner), values, headers=HTTP_AJAX)
    return response.status_code, json.loads(response.content)


def others_only(user: Any, partner: Any) -> bool:
    """A site's own gate: what is called Hidden, and the model as a whole, is nobody's to manage."""
    return not isinstance(partner, type) and partner.name != "Hidden"


# The endpoint


def test_saved_values_are_tested_and_the_result_is_kept(client: Client, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    status, report = post_saved(client, partner)
    assert (status, report["ok"], report["status"]) == (200, True, "ok")
    assert report["badge"] == {"status": "ok", "label": "OK", "icon": "check", "text": "just now"}
    assert read_again(partner).smtp_status == "ok"
    assert server.sessions[0].user == "user"


def test_what_is_sent_along_is_not_tested(client: Client, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    status, report = post_saved(client, partner, smtp_host="elsewhere.example", smtp_password="other-7391")
    assert (status, report["parameters"]["host"]) == (200, server.host)
    assert server.count("AUTH") == 1


def test_failure_is_400_and_kept(client: Client, server: Listener) -> None:
    partner = make_partner(**account_of(server), password="wrong-7391")
    status, report = post_saved(client, partner)
    assert (status, report["error"]["code"]) == (400, "auth_failed")
    assert read_again(partner).smtp_status == "failed"


def test_inactive_partner_is_tested_as_well(client: Client, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT, active=False)
    assert post_saved(client, partner)[0] == 200


def test_it_is_noted_who_tested(client: Client, manager: User, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    post_saved(client, partner)
    (entry,) = ModelLogEntry.objects.filter(action="wagtail_partner_smtp.test")
    assert (entry.user, entry.object_id) == (manager, str(partner.pk))
    assert entry.data == {"status": "ok", "code": ""}


def test_p37_unreadable_password_is_a_result_and_nothing_is_dialled(
    client: Client, settings: Any, server: Listener
) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    settings.PARTNER_SMTP_KEYS = ["another key than before " * 2]
    status, report = post_saved(client, partner)
    assert (status, report["error"]["code"]) == (400, "password_unreadable")
    assert (report["badge"]["status"], len(report["stages"])) == ("failed", 9)
    assert server.connections == 0
    row = read_again(partner)
    assert (row.smtp_status, row.smtp_test_summary["code"]) == ("failed", "password_unreadable")
    assert row.smtp_password_encrypted == partner.smtp_password_encrypted
    assert ModelLogEntry.objects.get(action="wagtail_partner_smtp.test").data == {
        "status": "failed",
        "code": "password_unreadable",
    }


def test_p23_stored_password_does_not_go_over_an_unverified_connection(
    client: Client, smtp: Served, settings: Any
) -> None:
    server = smtp.listen("honest", mode="ssl", certificate="self-signed")
    reach(settings, smtp.ca_file, server)
    status, report = post_saved(client, make_partner(**account_of(server), password=RIGHT))
    assert (status, report["status"], report["deliverable"]) == (200, "untrusted", False)
    assert server.count("AUTH") == 0


def test_p15_running_test_of_somebody_else_is_busy_with_the_time_to_wait(
    client: Client, superuser: User, server: Listener
) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    with leases.hold(partner, superuser):
        response = client.post(url("test_saved", partner), headers=HTTP_AJAX)
    assert (response.status_code, json.loads(response.content)["error"]["code"]) == (400, "busy")
    assert int(response["Retry-After"]) >= 1
    assert server.connections == 0


@pytest.mark.parametrize("permissions", [(), ("change",), ("manage",), ("add", "manage", "view")])
def test_p13_without_permission_nothing_is_tested(
    editor: User, server: Listener, permissions: tuple[str, ...]
) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    status, report = post_saved(client_of(permit(editor, *permissions)), partner)
    assert (status, report["error"]["code"]) == (403, "forbidden")
    assert server.connections == 0
    assert read_again(partner).smtp_status == "untested"


def test_p13_get_and_a_missing_token_are_refused(manager: User, client: Client, server: Listener) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    assert client.get(url("test_saved", partner)).status_code == 405
    strict = client_of(manager, enforce_csrf_checks=True)
    assert strict.post(url("test_saved", partner), headers=HTTP_AJAX).status_code == 403
    assert server.connections == 0


def test_p14_a_site_decides_for_each_partner(client: Client, settings: Any, server: Listener) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.others_only"
    hidden = make_partner(**account_of(server), password=RIGHT, name="Hidden")
    shown = make_partner(**account_of(server), password=RIGHT, slug="shown")
    assert post_saved(client, hidden)[0] == 403
    assert server.connections == 0
    assert post_saved(client, shown)[0] == 200


# The action in the list


def listing(client: Client, model: Any) -> str:
    response = client.get(reverse(model.snippet_viewset.get_url_name("list")))
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("model", [get_partner_model(), Supplier, Warehouse])
def test_every_list_of_accounts_offers_it(superuser_client: Client, model: Any) -> None:
    model.objects.create(name="Acme")
    assert action(model) in listing(superuser_client, model)


def test_other_lists_do_not(superuser_client: Client) -> None:
    brand = Brand.objects.create(name="Plain")
    assert LABEL not in listing(superuser_client, Brand)
    assert superuser_client.get(action(Brand, f"?id={brand.pk}")).status_code == 404


def test_who_may_not_manage_mail_does_not_see_it(editor: User) -> None:
    make_partner()
    client = client_of(permit(editor, "add", "change", "delete", "view"))
    html = listing(client, get_partner_model())
    assert LABEL not in html
    assert action(get_partner_model()) not in html
    assert "Delete selected snippets" in html
    assert re.search(r"<li>\s*</li>", html) is None


def test_who_may_manage_one_of_them_sees_it(client: Client, settings: Any) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.others_only"
    make_partner(name="Hidden")
    assert LABEL not in listing(client, get_partner_model())
    make_partner(slug="shown")
    assert LABEL in listing(client, get_partner_model())


def test_the_list_is_still_exported(editor: User) -> None:
    make_partner()
    client = client_of(permit(editor, "view"))
    response = client.get(url("list") + "?export=csv")
    assert "Acme" in response.getvalue().decode()


# The page


def test_page_has_the_chosen_ones_in_the_order_of_the_list(client: Client) -> None:
    last, first, other = (make_partner(name=name, slug=name.lower()) for name in ("Zeta", "Alpha", "Other"))
    assert urls_on(client, chosen(last, first)) == [url("test_saved", each) for each in (first, last)]
    assert url("test_saved", other) not in urls_on(client, chosen(last, first))


def test_page_says_what_is_known_so_far(client: Client) -> None:
    partner = make_partner(smtp_host="Mail.Example.com.", active=False)
    get_partner_model()._default_manager.filter(pk=partner.pk).update(
        smtp_status="failed", smtp_tested_at=TESTED_AT
    )
    table = json.loads(client.get(chosen(partner)).context["table"])
    assert table["servers"] == ["mail.example.com"]
    assert [badge["label"] for badge in table["badges"]] == ["Failed"]
    assert table["rows"] == [[str(partner.pk), "Acme", 0, 0, int(TESTED_AT.timestamp()), 1]]
    assert str(partner.pk).join(table["edit"]) == url("edit", partner)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Alpha", "Beta", "Gamma"]),
        ("&p=2", ["Alpha", "Beta", "Gamma"]),
        ("&smtp_security=ssl", ["Beta", "Gamma"]),
        ("&smtp_security=ssl&q=gam", ["Gamma"]),
        ("&ordering=-name", ["Gamma", "Beta", "Alpha"]),
    ],
)
def test_all_in_the_listing_are_those_that_the_list_shows(
    client: Client, query: str, found: list[str]
) -> None:
    security = {"Alpha": "tls", "Beta": "ssl", "Gamma": "ssl"}
    partners = {
        name: make_partner(name=name, slug=name.lower(), smtp_security=each)
        for name, each in security.items()
    }
    urls = urls_on(client, action(get_partner_model(), f"?id=all{query}"))
    assert urls == [url("test_saved", partners[name]) for name in found]


def test_whatever_a_test_can_find_is_counted(client: Client) -> None:
    tallies = client.get(chosen(make_partner())).context["tallies"]
    names = ["ok", "unproven", "untrusted", "login_unused", "failed", "not_set_up", "busy", ""]
    assert [name for name, *_words in tallies] == names


def test_all_of_the_list_are_narrowed_by_filters_that_only_the_list_has(client: Client) -> None:
    make_partner()
    oauth = make_partner(name="OAuth", slug="oauth", smtp_auth="oauth")
    address = action(get_partner_model(), "?id=all&smtp_auth=oauth")
    assert urls_on(client, address) == [url("test_saved", oauth)]


def test_page_leads_to_no_form_that_is_not_for_the_user(editor: User, settings: Any) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = "tests.admin.lists.test_bulk.others_only"
    partner = make_partner()
    tables = []
    for names in (("view",), ("view", "change")):
        response = client_of(permit(editor, *names)).get(chosen(partner))
        tables.append(json.loads(response.context["table"])["edit"])
    assert (tables[0], tables[1] is None) == (None, False)


def test_others_partners_are_left_out_and_named(client: Client, settings: Any) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.others_only"
    hidden = make_partner(name="Hidden", smtp_host="mail.hidden-host.example")
    shown = make_partner(slug="shown")
    assert urls_on(client, chosen(hidden, shown)) == [url("test_saved", shown)]
    html = client.get(chosen(hidden, shown)).content.decode()
    assert "Left out, because you may not manage their mail:" in html
    assert "Hidden" in html
    assert "mail.hidden-host.example" not in html
    assert "Left out" not in client.get(chosen(shown)).content.decode()


@pytest.mark.parametrize("permissions", [(), ("change",), ("view", "add", "delete"), ("manage",)])
def test_page_is_refused_to_who_may_not_manage_mail(editor: User, permissions: tuple[str, ...]) -> None:
    partner = make_partner()
    client = client_of(permit(editor, *permissions))
    assert client.get(chosen(partner)).status_code == 302
    assert client.get(chosen(partner), headers=HTTP_AJAX).status_code == 403
    assert client.get(action(get_partner_model(), "?id=all"), headers=HTTP_AJAX).status_code == 403


def test_names_are_not_told_to_who_has_no_list(editor: User, settings: Any) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.others_only"
    partners = make_partner(), make_partner(name="Hidden", slug="hidden")
    assert client_of(editor).get(chosen(*partners), headers=HTTP_AJAX).status_code == 403


@pytest.mark.parametrize("query", ["", "?id=0", "?id=x", "?id=" + "9" * 30])
def test_nothing_chosen_is_refused(client: Client, query: str) -> None:
    assert client.get(action(get_partner_model(), query), headers=HTTP_AJAX).status_code in {403, 404}


def test_the_page_changes_nothing(client: Client) -> None:
    assert client.post(chosen(make_partner())).status_code == 405


@pytest.mark.parametrize("model", [Supplier, Warehouse])
def test_models_of_the_site_have_the_page(editor: User, grant: Grant, model: Any) -> None:
    name = model._meta.model_name
    row = model.objects.create(name="With mail")
    change, manage = f"shop.change_{name}", f"manage_smtp_{name}"
    editor = grant(editor, change)
    editor.user_permissions.add(Permission.objects.get(content_type__model=name, codename=manage))
    client = client_of(editor)
    endpoint = reverse(model.snippet_viewset.get_url_name("test_saved"), args=[row.pk])
    assert urls_on(client, action(model, f"?id={row.pk}")) == [endpoint]
    assert client.post(endpoint, headers=HTTP_AJAX).status_code == 400


@pytest.mark.parametrize(("limit", "parallel"), [(1, 1), (2, 1), (3, 2), (40, 2)])
def test_a_place_is_left_for_others(client: Client, settings: Any, limit: int, parallel: int) -> None:
    settings.PARTNER_SMTP_MAX_CONCURRENT_TESTS = limit
    response = client.get(chosen(make_partner()))
    assert json.loads(response.context["pace"])["parallel"] == parallel


def test_page_shows_no_secret(client: Client) -> None:
    partner = make_partner(smtp_login="hidden-login")
    html = client.get(chosen(partner)).content.decode()
    for secret in (partner.smtp_password_encrypted, str(partner.smtp_uuid), partner.smtp_login):
        assert secret not in html


def test_a_row_more_is_a_hundred_bytes_more(client: Client) -> None:
    def size(*partners: AbstractPartner) -> int:
        return len(client.get(chosen(*partners)).content)

    made = [make_partner(name=f"Müller & Söhne {each}", slug=f"m-{each}", password="") for each in range(41)]
    assert (size(*made) - size(made[0])) / 40 < 120


def test_all_of_a_report_are_those_that_it_shows(client: Client) -> None:
    partners = [make_partner(name=name, slug=name.lower()) for name in ("Alpha", "Beta", "Gamma")]
    rows = get_partner_model()._default_manager
    rows.filter(name="Gamma").update(smtp_status="failed")
    rows.filter(name="Alpha").update(smtp_status="untrusted")
    html = client.get(f"{REPORT}?mail=broken").content.decode()
    [address] = re.findall(r'href="([^"]+id=all[^"]*)"', html)
    address = unescape(address)
    assert address.startswith(action(get_partner_model()))
    assert urls_on(client, address) == [url("test_saved", partners[2]), url("test_saved", partners[0])]
    assert client.get(address).context["next"] == REPORT


def test_a_report_without_rows_leads_back(client: Client) -> None:
    make_partner()
    query = f"?id=all&within=partner_smtp_report&mail=broken&next={REPORT}"
    response = client.get(action(get_partner_model(), query), follow=True)
    assert response.request["PATH_INFO"] == REPORT
    assert "There is nothing to test." in response.content.decode()


def test_p14_a_report_is_not_a_way_around_a_site_that_decides(client: Client, settings: Any) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.others_only"
    make_partner()
    query = "?id=all&within=partner_smtp_report"
    assert client.get(action(get_partner_model(), query), headers=HTTP_AJAX).status_code == 403


def test_name_of_a_report_means_nothing_to_other_models(superuser_client: Client) -> None:
    row = Supplier.objects.create(name="With mail")
    response = superuser_client.get(action(Supplier, "?id=all&within=partner_smtp_report"))
    assert [each[0] for each in rows_on(response)] == [str(row.pk)]


def test_hundreds_need_no_more_queries_than_one(client: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(40):
        make_partner(name=f"Partner {number}", slug=f"partner-{number}", password="")
    client.get(url("list"))
    with django_assert_max_num_queries(16):
        assert len(urls_on(client, action(get_partner_model(), "?id=all"))) == 40
