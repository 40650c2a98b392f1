"""Who sees outgoing mail: nobody without its permission, and nobody that of partners he may not manage."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.test import Client, RequestFactory
from django.urls import reverse

from tests.conftest import Grant
from tests.support import outgoing
from tests.support.admin import HTTP_AJAX, client_of, make_partner, permit, read_spreadsheet
from tests.support.admin import url as section_url
from tests.support.outgoing import RESULTS, URL, make_message, mime, queue_of
from wagtail_partner_smtp.admin.outgoing import gate
from wagtail_partner_smtp.models import AbstractPartner, QueuedMessage, get_partner_model
from wagtail_partner_smtp.permissions import MANAGE_OUTGOING_MAIL, READ_OUTGOING_MAIL, VIEW_OUTGOING_MAIL

pytestmark = pytest.mark.django_db

EVERYTHING = (VIEW_OUTGOING_MAIL, MANAGE_OUTGOING_MAIL, READ_OUTGOING_MAIL)
SECRETS = ("jane@example.net", "Hidden subject", "hidden-key", "waiting", "Outgoing mail")


@pytest.fixture
def message(partner: AbstractPartner) -> QueuedMessage:
    queue_of(partner, stopped_at=outgoing.ago(hours=1), trouble_code="auth_failed", trouble_stage="auth")
    return make_message(partner, "queued", content=mime(), subject="Hidden subject", key="hidden-key")


def pages(partner: AbstractPartner, message: QueuedMessage) -> list[str]:
    """Everything that shows mail and nothing else."""
    own = section_url("outgoing_mail", partner)
    return [
        *(URL, RESULTS, f"{URL}?export=csv", f"{URL}?export=xlsx"),
        *(own, section_url("outgoing_mail_results", partner), f"{own}?export=csv"),
        reverse("partner_smtp_message", args=[message.pk]),
        reverse("partner_smtp_message_text", args=[message.pk]),
    ]


def posts(partner: AbstractPartner, message: QueuedMessage) -> list[tuple[str, dict[str, Any]]]:
    data = {"id": message.pk, "confirmed": 1}
    actions = [reverse("partner_smtp_mail_action", args=[name]) for name in ("resend", "retry", "cancel")]
    return [
        *((address, data) for address in actions),
        *((address, {"all": 1, "confirmed": 1}) for address in actions),
        *((address, {"all": 1, "queue": message.queue_id, "confirmed": 1}) for address in actions),
        (section_url("resume_mail", partner), {}),
        (reverse("partner_smtp_message", args=[message.pk]), {}),
    ]


def refused(client: Client, partner: AbstractPartner, message: QueuedMessage) -> None:
    """Neither is anything shown nor changed."""
    before = QueuedMessage.objects.values().get()
    for address in pages(partner, message):
        assert client.get(address, headers=HTTP_AJAX).status_code == 403, address
    for address, data in posts(partner, message):
        response = client.post(address, data, headers=HTTP_AJAX)
        if response.status_code != 403:
            # Of chosen messages none is left.
            assert "id" in data
            assert response.status_code == 302
    assert QueuedMessage.objects.values().get() == before
    queue = queue_of(partner)
    queue.refresh_from_db()
    assert queue.stopped_at


@pytest.mark.parametrize(
    ("actions", "granted"),
    [
        ((), ()),
        ((), EVERYTHING),
        (("change", "manage"), ()),
        (("change", "manage"), (MANAGE_OUTGOING_MAIL, READ_OUTGOING_MAIL)),
        (("change", "view", "add", "delete"), EVERYTHING),
        (("manage",), EVERYTHING),
    ],
)
def test_mail_takes_its_permission_and_the_gate(
    editor: User,
    grant: Grant,
    partner: AbstractPartner,
    message: QueuedMessage,
    actions: tuple[str, ...],
    granted: tuple[str, ...],
) -> None:
    client = client_of(grant(permit(editor, *actions), *granted))
    refused(client, partner, message)
    lists = ["/admin/"]
    if "change" in actions:
        lists += [section_url("list"), section_url("edit", partner), f"{section_url('list')}?export=csv"]
    for address in lists:
        response = client.get(address)
        assert response.status_code == 200
        text = response.getvalue().decode()
        for secret in SECRETS:
            assert secret not in text, (address, secret)
    report = client.get("/admin/reports/partner-mail/")
    assert b"waiting" not in report.content


def test_without_logging_in_there_is_no_mail(partner: AbstractPartner, message: QueuedMessage) -> None:
    for address in pages(partner, message):
        assert Client().get(address)["Location"].startswith(reverse("wagtailadmin_login"))
    for address, data in posts(partner, message):
        assert Client().post(address, data)["Location"].startswith(reverse("wagtailadmin_login"))


def test_seeing_is_not_managing_and_not_reading(
    viewer: User, partner: AbstractPartner, message: QueuedMessage
) -> None:
    client = client_of(viewer)
    for address in pages(partner, message)[:-1]:
        assert client.get(address).status_code == 200, address
    assert client.get(pages(partner, message)[-1], headers=HTTP_AJAX).status_code == 403
    for address, data in posts(partner, message):
        assert client.post(address, data, headers=HTTP_AJAX).status_code == 403
    html = client.get(reverse("partner_smtp_message", args=[message.pk])).content.decode()
    for offered in ("Cancel", "Try now", "Resume", "Show the text", "kept any more"):
        assert offered not in html
    for address in (URL, section_url("outgoing_mail", partner), section_url("edit", partner)):
        html = client.get(address).content.decode()
        assert "Stopped." in html or "stopped" in html
        for offered in ("With those selected", 'name="id"', "Resume"):
            assert offered not in html


def test_who_may_see_finds_it_everywhere(
    client: Client, partner: AbstractPartner, message: QueuedMessage
) -> None:
    assert URL in client.get("/admin/").content.decode()
    for address in (
        "/admin/",
        section_url("list"),
        "/admin/reports/partner-mail/",
        section_url("edit", partner),
    ):
        assert "does not accept login and password" in client.get(address).content.decode(), address


def test_permissions_are_offered_to_groups(superuser_client: Client) -> None:
    html = superuser_client.get(reverse("wagtailusers_groups:add")).content.decode()
    for label in ("Can resend, retry and cancel outgoing mail", "Can read the text of outgoing mail"):
        assert label in html
    viewing = f'value="{_permission_id("view_queuedmessage")}"'
    assert viewing in html


def _permission_id(codename: str) -> int:
    from django.contrib.auth.models import Permission

    return Permission.objects.get(codename=codename).pk


@pytest.mark.parametrize(
    ("actions", "granted"), [((), EVERYTHING), (("change", "manage"), ()), (("change",), EVERYTHING)]
)
def test_nobody_else_has_a_list_of_mail(
    rf: RequestFactory,
    editor: User,
    grant: Grant,
    message: QueuedMessage,
    actions: tuple[str, ...],
    granted: tuple[str, ...],
) -> None:
    """The views refuse such a user before; what they would list holds by itself."""
    request = rf.get(URL)
    request.user = grant(permit(editor, *actions), *granted)
    queues = gate.listed_queues(request)
    assert queues is not None
    assert list(gate.mail_of(queues)) == []


@pytest.mark.parametrize("permission", EVERYTHING)
@pytest.mark.parametrize("missing", EVERYTHING)
def test_mail_of_a_deleted_partner_takes_each_permission(
    editor: User, grant: Grant, message: QueuedMessage, permission: str, missing: str
) -> None:
    user = grant(permit(editor, "change", "manage"), *(each for each in EVERYTHING if each != missing))
    is_enough = missing not in (permission, VIEW_OUTGOING_MAIL)
    assert gate.passes(user, message.queue, None, permission) is is_enough


# A site that decides per partner


def all_but_beta(user: Any, partner: Any) -> bool:
    return getattr(partner, "name", "") != "Beta"


def beta_only(user: Any, partner: Any) -> bool:
    return getattr(partner, "name", "") == "Beta"


def test_mail_of_a_partner_that_a_site_refuses_is_nowhere(client: Client, settings: Any) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.all_but_beta"
    alpha, beta = (make_partner(name=name, slug=name.lower()) for name in ("Alpha", "Beta"))
    mine = make_message(alpha, "queued", recipients="mine@example.net")
    other = make_message(beta, "queued", recipients="other@example.net")
    for address in (URL, RESULTS, f"{URL}?q=example.net", f"{URL}?partner=a", f"{URL}?state=queued"):
        html = client.get(address).content.decode()
        assert "mine@example.net" in html
        assert "other@example.net" not in html
    assert [row[0] for row in read_spreadsheet(client, URL, "csv")[1]] == ["Alpha"]
    assert client.get(reverse("partner_smtp_message", args=[other.pk])).status_code == 302
    cancel = reverse("partner_smtp_mail_action", args=["cancel"])
    client.post(cancel, {"id": [mine.pk, other.pk], "confirmed": 1})
    assert QueuedMessage.objects.get(pk=mine.pk).state == "cancelled"
    client.post(cancel, {"all": 1, "confirmed": 1})
    assert client.post(cancel, {"all": 1, "queue": other.queue_id, "confirmed": 1}).status_code == 302
    assert QueuedMessage.objects.get(pk=other.pk).state == "queued"


def test_a_partner_alone_can_be_allowed(client: Client, settings: Any) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.beta_only"
    beta = make_partner(name="Beta", slug="beta")
    message = make_message(beta, "queued")
    assert client.get(URL).status_code == 302
    assert URL not in client.get("/admin/").content.decode()
    page = reverse("partner_smtp_message", args=[message.pk])
    for address in (section_url("outgoing_mail", beta), page):
        assert "jane@example.net" in client.get(address).content.decode()
    client.post(reverse("partner_smtp_mail_action", args=["cancel"]), {"id": message.pk, "confirmed": 1})
    message.refresh_from_db()
    assert message.state == "cancelled"


def test_mail_of_partners_that_the_section_leaves_out_is_not_listed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_message(make_partner(name="Alpha", slug="a"), recipients="mine@example.net")
    make_message(make_partner(name="Beta", slug="b"), recipients="other@example.net")

    def only_alpha(request: Any) -> QuerySet[AbstractPartner]:
        return get_partner_model()._default_manager.filter(name="Alpha")

    monkeypatch.setattr(get_partner_model().snippet_viewset, "get_queryset", only_alpha)  # type: ignore[attr-defined]
    html = client.get(URL).content.decode()
    assert "mine@example.net" in html
    assert "other@example.net" not in html


# A partner that was deleted


def orphan() -> QueuedMessage:
    partner = make_partner(name="Gone", slug="gone")
    message = make_message(partner, "cancelled", code="partner_missing", content=mime())
    partner.delete()
    return message


def test_mail_of_a_deleted_partner_is_for_those_who_manage_all(client: Client, editor: User) -> None:
    message = orphan()
    assert "Gone" in client.get(URL).content.decode()
    page = reverse("partner_smtp_message", args=[message.pk])
    assert "The partner was deleted" in client.get(page).content.decode()


def test_where_a_site_decides_it_is_for_superusers(
    client: Client, superuser_client: Client, settings: Any
) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.all_but_beta"
    page = reverse("partner_smtp_message", args=[orphan().pk])
    assert "Gone" not in client.get(URL).content.decode()
    assert client.get(page).status_code == 302
    assert "Gone" in superuser_client.get(URL).content.decode()
    assert superuser_client.get(page).status_code == 200


def test_a_queue_of_a_model_that_is_gone_is_for_superusers(client: Client, superuser_client: Client) -> None:
    from django.contrib.contenttypes.models import ContentType

    message = orphan()
    stale = ContentType.objects.create(app_label="gone", model="gone")
    type(message.queue).objects.update(partner_type=stale)
    page = reverse("partner_smtp_message", args=[message.pk])
    assert client.get(page).status_code == 302
    assert "Gone" not in client.get(URL).content.decode()
    assert superuser_client.get(page).status_code == 200
