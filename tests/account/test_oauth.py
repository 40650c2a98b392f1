from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import models
from django.test import RequestFactory, override_settings
from django.utils import timezone
from django.views.debug import ExceptionReporter

from tests.support.accounts import NEW_KEY, OLD_KEY, PASSWORD, column, make_partner, set_columns
from tests.support.oauth_accounts import OAUTH, SECRET, TOKENS, FixedSource, connect, make_oauth_partner
from wagtail_partner_smtp.account import encryption, health, saving, token_sources
from wagtail_partner_smtp.account.encryption import Kind, NotForThisRow, UnreadablePassword
from wagtail_partner_smtp.account.oauth_values import OAUTH_COLUMNS, is_endpoint
from wagtail_partner_smtp.models import OAuthGrant, Partner, PartnerQueue, SMTPAuth
from wagtail_partner_smtp.outbox import stopping
from wagtail_partner_smtp.smtp.errors import Code, SettingsError

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries, Settings

pytestmark = pytest.mark.django_db

SECRETS = {Kind.OAUTH_SECRET: SECRET, **TOKENS}
MAIL_SERVER = {
    "smtp_host": "mail.example.org",
    "smtp_port": 465,
    "smtp_login": "sales",
    "smtp_security": "ssl",
}
APPLICATION = {
    "smtp_oauth_provider": "microsoft",
    "smtp_oauth_grant": "application",
    "smtp_oauth_tenant": "other.example.com",
    "smtp_oauth_client_id": "client-2",
    "smtp_oauth_token_endpoint": "https://evil.example.com/token",
}
PERMISSIONS = {
    "smtp_oauth_authorization_endpoint": "https://login.example.com/other",
    "smtp_oauth_scopes": "smtp.send",
}
each_kind = pytest.mark.parametrize("kind", SECRETS)
each_bound_value = pytest.mark.parametrize(("name", "value"), {**MAIL_SERVER, **APPLICATION}.items())
each_application_value = pytest.mark.parametrize(
    ("name", "value"), {**MAIL_SERVER, **APPLICATION, **PERMISSIONS}.items()
)


@pytest.fixture(autouse=True)
def source() -> Iterator[None]:
    before = token_sources.register(FixedSource.of)
    yield
    token_sources.register(before)


@pytest.fixture
def connected() -> Partner:
    now = timezone.now()
    return connect(
        make_oauth_partner(),
        smtp_status="ok",
        smtp_oauth_connected_at=now,
        smtp_oauth_token_issued_at=now,
        smtp_oauth_token_expires_at=now,
        smtp_oauth_renewing=uuid4(),
        smtp_oauth_renewing_until=now,
    )


def again(partner: Partner) -> Partner:
    return Partner.objects.get(pk=partner.pk)


def connection(partner: Partner) -> dict[str, Any]:
    """What the row holds of what the provider has given."""
    return dict(Partner.objects.filter(pk=partner.pk).values(*saving.CONNECTION).get())


def read(partner: Partner, kind: Kind) -> str:
    return partner.smtp_oauth_secret() if kind is Kind.OAUTH_SECRET else partner.smtp_oauth_token(kind)


# What a session is handed


def test_with_oauth_a_session_gets_the_source_of_its_tokens_and_never_the_password() -> None:
    partner = make_oauth_partner(password=PASSWORD)
    settings = partner.smtp_settings()
    assert partner.has_smtp_password
    assert settings.password == settings.access_token == ""
    assert settings.token_source == FixedSource.of(partner)
    assert (settings.host, settings.port, settings.login) == ("mail.example.com", 587, "billing")
    assert settings.email == "billing@example.com"


def test_with_a_password_it_gets_no_source() -> None:
    partner = make_oauth_partner(password=PASSWORD, smtp_auth="password")
    settings = partner.smtp_settings()
    assert settings.password == PASSWORD
    assert settings.token_source is None


def test_password_is_the_method_of_those_that_name_none() -> None:
    partner = make_partner()
    assert partner.smtp_auth == SMTPAuth.PASSWORD
    assert partner.smtp_oauth_grant == OAuthGrant.CONSENT
    assert not partner.uses_smtp_oauth


def test_where_nobody_makes_tokens_that_is_a_typed_error() -> None:
    token_sources.register(None)
    with pytest.raises(SettingsError) as caught:
        make_oauth_partner().smtp_settings()
    assert caught.value.code is Code.OAUTH_UNAVAILABLE
    assert caught.value.facts["field"] == "auth"


def test_equal_accounts_have_equal_settings_and_others_do_not() -> None:
    partner = make_oauth_partner()
    assert hash(partner.smtp_settings()) == hash(again(partner).smtp_settings())
    before = partner.smtp_settings()
    for change in ({"smtp_oauth_client_id": "other"}, {"smtp_oauth_scopes": "other"}):
        assert make_oauth_partner(**change).smtp_settings() != before
    assert make_oauth_partner(secret="other").smtp_settings() != before


# What is stored


def test_the_secret_is_read_where_it_was_set() -> None:
    partner = make_oauth_partner()
    assert partner.smtp_oauth_secret() == SECRET
    assert partner.has_smtp_oauth_secret
    assert not partner.is_smtp_oauth_secret_unreadable


def test_the_secret_can_be_set_and_cleared() -> None:
    partner = make_oauth_partner(secret="")
    assert not partner.has_smtp_oauth_secret
    assert partner.smtp_oauth_secret() == ""
    partner.set_smtp_oauth_secret("new")
    assert column(partner, "smtp_oauth_secret_encrypted") == ""
    assert partner.smtp_oauth_secret() == "new"
    partner.save()
    assert again(partner).smtp_oauth_secret() == "new"
    partner.clear_smtp_oauth_secret()
    partner.save()
    assert not again(partner).has_smtp_oauth_secret


@pytest.mark.parametrize("text", ["", "half\ud800"])
def test_what_is_no_secret_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="secret") as caught:
        make_oauth_partner().set_smtp_oauth_secret(text)
    assert "half\\" not in repr(caught.value)


def test_a_secret_and_a_password_set_at_once_are_both_kept() -> None:
    partner = make_oauth_partner(secret="")
    partner.set_smtp_password("new password")
    partner.set_smtp_oauth_secret("new secret")
    partner.save(update_fields=["smtp_oauth_secret_encrypted"])
    assert not again(partner).has_smtp_password
    partner.save()
    assert again(partner).smtp_oauth_secret() == "new secret"
    assert again(partner)._secret(Kind.PASSWORD) == "new password"


def test_tokens_open_for_their_row(connected: Partner) -> None:
    assert {kind: connected.smtp_oauth_token(kind) for kind in TOKENS} == TOKENS
    assert connected.is_smtp_connected
    assert not make_oauth_partner().is_smtp_connected


def test_whose_sign_in_ended_is_not_connected(connected: Partner) -> None:
    set_columns(connected, smtp_oauth_needs_consent="any_code")
    assert not again(connected).is_smtp_connected


def test_a_row_that_was_never_saved_seals_no_token() -> None:
    with pytest.raises(NotForThisRow):
        Partner(**OAUTH).sealed_smtp_oauth_token(Kind.ACCESS_TOKEN, "token")


def test_nothing_of_it_is_in_the_database_or_a_dump_in_plain_text(connected: Partner) -> None:
    out = io.StringIO()
    call_command("dumpdata", "wagtail_partner_smtp", stdout=out)
    row = repr(Partner.objects.filter(pk=connected.pk).values().get())
    for kind, text in SECRETS.items():
        assert getattr(connected, saving.SEALED[kind]) in out.getvalue()
        for haystack in (out.getvalue(), row, repr(vars(connected)), repr(connected.smtp_settings())):
            assert text not in haystack
            assert json.dumps(text)[1:-1] not in haystack


@override_settings(DEBUG=False)
@each_kind
def test_an_error_report_shows_none_of_it(
    kind: Kind, connected: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(encryption, "AESGCM", fail)
    connected.set_smtp_oauth_secret(SECRET)
    acts: list[Callable[[], object]] = [
        lambda: connected.sealed_smtp_oauth_token(kind, SECRETS[kind]),
        lambda: connected.save(),
    ]
    for act in acts:
        with pytest.raises(ZeroDivisionError) as caught:
            act()
        frames = caught.tb.tb_next and caught.tb.tb_next.tb_next
        reporter = ExceptionReporter(RequestFactory().post("/"), caught.type, caught.value, frames)
        report = str(reporter.get_traceback_html()) + str(reporter.get_traceback_text())
        assert "encryption.py" in report
        assert SECRETS[kind] not in report


# What it is bound to


@each_kind
@each_bound_value
def test_a_value_rewritten_below_the_model_makes_it_unreadable(
    kind: Kind, name: str, value: Any, connected: Partner
) -> None:
    set_columns(connected, **{name: value})
    moved = again(connected)
    with pytest.raises(NotForThisRow) as caught:
        read(moved, kind)
    expected = Code.OAUTH_SECRET_UNREADABLE if kind is Kind.OAUTH_SECRET else Code.OAUTH_TOKEN_UNREADABLE
    assert caught.value.code is expected
    assert moved.is_smtp_oauth_secret_unreadable


@each_kind
def test_it_opens_for_no_other_row(kind: Kind, connected: Partner) -> None:
    other = make_oauth_partner()
    set_columns(other, **{saving.SEALED[kind]: getattr(connected, saving.SEALED[kind])})
    with pytest.raises(NotForThisRow):
        read(again(other), kind)


@each_kind
@pytest.mark.parametrize("place", Kind)
def test_it_opens_as_nothing_else(kind: Kind, place: Kind, connected: Partner) -> None:
    """A refresh token in the column of the client secret would be sent to whoever gets client secrets."""
    if kind is place:
        return
    set_columns(connected, **{saving.SEALED[place]: getattr(connected, saving.SEALED[kind])})
    moved = again(connected)
    with pytest.raises(UnreadablePassword):
        moved._secret(place)


def test_a_password_is_sealed_as_it_was_before_there_was_oauth() -> None:
    """What an upgraded site has stored, and what its older processes still read."""
    partner = make_partner()
    row = encryption.Row(
        model="wagtail_partner_smtp.Partner",
        uuid=partner.smtp_uuid,  # type: ignore[arg-type]
        destination=partner.smtp_destination(),
    )
    assert encryption.unseal(partner.smtp_password_encrypted, row) == PASSWORD
    set_columns(partner, smtp_password_encrypted=encryption.seal("from before", row))
    assert again(partner).smtp_settings().password == "from before"


@pytest.mark.parametrize("partly", [False, True])
@each_application_value
def test_a_changed_value_forgets_the_sign_in_and_asks_for_the_secret(
    name: str, value: Any, partly: bool, connected: Partner
) -> None:
    setattr(connected, name, value)
    connected.save(update_fields=[name] if partly else None)
    assert connection(connected) == dict(saving.CONNECTION)
    assert connected.smtp_oauth_connected_as == ""
    assert column(connected, "smtp_status") == "changed"
    is_bound = name not in PERMISSIONS
    assert again(connected).is_smtp_oauth_secret_unreadable is is_bound


def test_another_email_address_keeps_the_sign_in(connected: Partner) -> None:
    before = connection(connected)
    connected.smtp_email = "other@example.com"
    connected.save()
    assert connection(connected) == before
    assert column(connected, "smtp_status") == "changed"
    assert again(connected).smtp_oauth_secret() == SECRET


def test_another_spelling_of_the_host_keeps_it_too(connected: Partner) -> None:
    before = connection(connected)
    connected.smtp_host = " Mail.Example.COM. "
    connected.save()
    assert connection(connected) == before
    assert {kind: again(connected).smtp_oauth_token(kind) for kind in TOKENS} == TOKENS


def test_a_sign_in_that_ends_while_the_values_change_is_not_kept(connected: Partner) -> None:
    def store(sender: type, instance: Partner, **kwargs: Any) -> None:
        set_columns(instance, smtp_oauth_refresh_token_encrypted="v1:meanwhile")

    set_columns(connected, **saving.CONNECTION)
    connected = again(connected)
    connected.smtp_oauth_client_id = "client-2"
    models.signals.pre_save.connect(store, sender=Partner)
    try:
        connected.save()
    finally:
        models.signals.pre_save.disconnect(store, sender=Partner)
    assert connection(connected) == dict(saving.CONNECTION)


@pytest.mark.parametrize("name", saving.CONNECTION)
def test_what_was_stored_meanwhile_survives_a_save(name: str, connected: Partner) -> None:
    values: dict[str, Any] = {
        "smtp_oauth_renewing": uuid4(),
        **dict.fromkeys(
            [each for each in saving.CONNECTION if each.endswith(("_at", "_until"))], timezone.now()
        ),
    }
    value = values.get(name, "v1:meanwhile")
    set_columns(connected, **{name: value})
    connected.name = "Renamed"
    connected.save()
    assert column(connected, name) == value
    assert getattr(connected, name) == value


@pytest.mark.parametrize("name", saving.SEALED.values())
def test_a_sealed_column_cannot_be_assigned(name: str, connected: Partner) -> None:
    before = column(connected, name)
    setattr(connected, name, "v1:overwritten")
    connected.save()
    setattr(connected, name, "v1:overwritten")
    connected.save(update_fields=[name])
    assert column(connected, name) == before


def test_a_new_secret_has_to_prove_itself(connected: Partner) -> None:
    """The sign-in is as good with it, the access token in store says nothing about it."""
    connected.set_smtp_oauth_secret("new")
    connected.save()
    connected = again(connected)
    assert connected.smtp_oauth_token(Kind.REFRESH_TOKEN) == TOKENS[Kind.REFRESH_TOKEN]
    assert connected.smtp_oauth_token(Kind.ACCESS_TOKEN) == ""
    assert connected.smtp_oauth_token_expires_at is None
    assert connected.smtp_oauth_connected_as == "billing@example.com"
    assert connected.smtp_status == "changed"


# Changing the method


def test_a_change_to_a_password_forgets_the_sign_in_and_keeps_the_secret(connected: Partner) -> None:
    connected.smtp_auth = SMTPAuth.PASSWORD
    connected.set_smtp_password("new")
    connected.save()
    connected = again(connected)
    assert connection(connected) == dict(saving.CONNECTION)
    assert connected.smtp_settings().password == "new"
    assert connected.smtp_status == "changed"
    connected.smtp_auth = SMTPAuth.OAUTH
    connected.save()
    assert again(connected).smtp_oauth_secret() == SECRET


def test_a_change_to_oauth_keeps_the_password_for_a_change_back() -> None:
    partner = make_partner(smtp_status="ok")
    for name, value in OAUTH.items():
        setattr(partner, name, value)
    partner.save()
    assert column(partner, "smtp_status") == "changed"
    partner = again(partner)
    partner.smtp_auth = SMTPAuth.PASSWORD
    partner.save()
    assert again(partner).smtp_settings().password == PASSWORD


@pytest.mark.parametrize(("name", "value"), MAIL_SERVER.items())
def test_the_password_that_is_not_used_does_not_stay_where_it_could_not_be_read(
    name: str, value: Any
) -> None:
    partner = make_oauth_partner(password=PASSWORD)
    setattr(partner, name, value)
    partner.save()
    assert not again(partner).has_smtp_password


@each_bound_value
def test_nor_does_the_secret(name: str, value: Any) -> None:
    partner = make_oauth_partner(password=PASSWORD)
    partner.smtp_auth = SMTPAuth.PASSWORD
    partner.save()
    assert again(partner).has_smtp_oauth_secret
    setattr(partner, name, value)
    partner.save()
    assert not again(partner).has_smtp_oauth_secret


def test_values_of_oauth_are_nothing_to_a_tested_password() -> None:
    partner = make_partner(smtp_status="ok")
    partner.smtp_oauth_client_id = "client"
    partner.save()
    assert column(partner, "smtp_status") == "ok"


def test_saving_takes_no_query_more(
    connected: Partner, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        connected.save()


# Copies


@pytest.mark.parametrize("cleaned", [False, True])
def test_a_copy_has_neither_secret_nor_sign_in(cleaned: bool, connected: Partner) -> None:
    duplicate = again(connected)
    duplicate.pk, duplicate.slug = None, "copy"
    if cleaned:
        duplicate.full_clean()
    duplicate.save()
    assert duplicate.smtp_uuid != connected.smtp_uuid
    assert connection(duplicate) == dict(saving.CONNECTION)
    assert not again(duplicate).has_smtp_oauth_secret
    assert again(duplicate).smtp_oauth_client_id == "client-1"
    assert {kind: read(again(connected), kind) for kind in SECRETS} == SECRETS


def test_sealed_columns_without_their_uuid_are_not_taken_along(connected: Partner) -> None:
    names = saving.SEALED.values()
    stray = make_partner(password="", **{name: getattr(connected, name) for name in names})
    assert {column(stray, name) for name in names} == {""}


# Keys


@each_kind
def test_a_lost_key_is_told(kind: Kind, connected: Partner, settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    with pytest.raises(encryption.KeyLost):
        read(connected, kind)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("auth", SMTPAuth)
def test_mail_is_broken_where_the_key_is_lost_of_what_it_needs(
    kind: Kind, auth: SMTPAuth, connected: Partner
) -> None:
    set_columns(connected, **dict.fromkeys(saving.SEALED.values(), ""))
    set_columns(connected, smtp_auth=auth, **{saving.SEALED[kind]: "v1:0123456789abcdef:AAAA"})
    needed = {
        SMTPAuth.PASSWORD: {Kind.PASSWORD},
        SMTPAuth.OAUTH: {Kind.OAUTH_SECRET, Kind.REFRESH_TOKEN},
    }
    is_needed = kind in needed[auth]
    assert Partner.objects.filter(health.cannot_log_in()).exists() is is_needed
    assert Partner.objects.filter(health.is_broken()).exists() is is_needed


@pytest.mark.parametrize("key_id", ["0" * 16, "f" * 16, "8" * 16])
def test_a_lost_key_is_found_wherever_it_stands_among_those_at_hand(
    key_id: str, connected: Partner, settings: Settings
) -> None:
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    for kind in (Kind.OAUTH_SECRET, Kind.REFRESH_TOKEN):
        set_columns(connected, **dict.fromkeys(saving.SEALED.values(), ""))
        for beginning in encryption.readable_beginnings(kind):
            set_columns(connected, **{saving.SEALED[kind]: f"{beginning}AAAA"})
            assert not Partner.objects.filter(health.cannot_log_in()).exists()
        set_columns(connected, **{saving.SEALED[kind]: f"v1:{key_id}:AAAA"})
        assert Partner.objects.filter(health.cannot_log_in()).exists()


def test_secret_and_token_may_be_sealed_with_different_keys(connected: Partner, settings: Settings) -> None:
    secrets, tokens = Kind.OAUTH_SECRET, Kind.REFRESH_TOKEN
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    old, new = encryption.readable_beginnings(secrets)[1], encryption.readable_beginnings(tokens)[0]
    set_columns(connected, **{saving.SEALED[secrets]: f"{old}AAAA", saving.SEALED[tokens]: f"{new}AAAA"})
    assert not Partner.objects.filter(health.cannot_log_in()).exists()
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    assert Partner.objects.filter(health.cannot_log_in()).exists()


def test_nothing_is_lost_with_the_keys_that_sealed_it(connected: Partner) -> None:
    assert not Partner.objects.filter(health.is_broken()).exists()


@pytest.mark.parametrize(("auth", "broken"), [("oauth", True), ("password", False)])
def test_mail_is_broken_where_somebody_has_to_sign_in_again(
    auth: str, broken: bool, connected: Partner
) -> None:
    set_columns(connected, smtp_auth=auth, smtp_oauth_needs_consent="any_code")
    assert Partner.objects.filter(health.is_broken()).exists() is broken


def rotate(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("rotate_partner_smtp_keys", *arguments, stdout=out, stderr=out)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def test_the_rotation_of_keys_takes_all_of_it_along(settings: Settings) -> None:
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    partner = connect(make_oauth_partner(password=PASSWORD))
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    assert rotate("--check")[0] == 1
    code, out = rotate()
    assert code == 0
    assert "wagtail_partner_smtp.Partner: 4 sealed anew\n" in out
    assert rotate("--check")[0] == 0
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    partner = again(partner)
    assert {kind: read(partner, kind) for kind in SECRETS} == SECRETS
    assert partner._secret(Kind.PASSWORD) == PASSWORD


@pytest.mark.parametrize("kind", [Kind.OAUTH_SECRET, Kind.REFRESH_TOKEN])
def test_what_is_unreadable_is_named_and_left_alone(kind: Kind, connected: Partner) -> None:
    sealed = make_oauth_partner().smtp_oauth_secret_encrypted
    set_columns(connected, **{saving.SEALED[kind]: sealed})
    assert again(connected).is_smtp_secret_unreadable is True
    for arguments in ([], ["--check"]):
        code, out = rotate(*arguments)
        assert code == 1
        assert f"wagtail_partner_smtp.Partner {connected.pk}: {kind}: " in out
        assert column(connected, saving.SEALED[kind]) == sealed


def test_an_unreadable_access_token_is_dropped(connected: Partner) -> None:
    set_columns(connected, smtp_oauth_access_token_encrypted="v1:nonsense")
    assert rotate("--check")[0] == 1
    assert column(connected, "smtp_oauth_access_token_encrypted") == "v1:nonsense"
    code, out = rotate()
    assert code == 0
    assert "1 unreadable access tokens dropped" in out
    assert column(connected, "smtp_oauth_access_token_encrypted") == ""
    assert again(connected).smtp_oauth_token(Kind.REFRESH_TOKEN) == TOKENS[Kind.REFRESH_TOKEN]


# The queue that waits for somebody


@each_application_value
def test_a_changed_value_is_another_account_to_a_stopped_queue(
    name: str, value: Any, connected: Partner
) -> None:
    before = stopping.fingerprint(connected)
    setattr(connected, name, value)
    assert stopping.fingerprint(connected) != before


def test_so_is_one_that_was_connected_again_and_not_one_whose_tokens_were_renewed(connected: Partner) -> None:
    before = stopping.fingerprint(connected)
    renewed = connect(connected)
    assert stopping.fingerprint(renewed) == before
    renewed.smtp_oauth_connected_at = timezone.now()
    assert stopping.fingerprint(renewed) != before


def test_an_upgrade_resumes_no_queue_that_was_stopped_before_there_was_oauth() -> None:
    partner = make_partner()
    names = ("host", "port", "login", "email", "security", "pinned_certificate", "password_encrypted")
    values = [str(getattr(partner, f"smtp_{name}")) for name in names]
    before = hashlib.sha256(json.dumps(values).encode()).hexdigest()
    queue = PartnerQueue(stopped_at=timezone.now(), stopped_account=before)
    assert not stopping.is_corrected(queue, partner)
    for name, value in OAUTH.items():
        setattr(partner, name, value)
    partner.smtp_auth = SMTPAuth.PASSWORD
    assert not stopping.is_corrected(queue, partner)
    partner.smtp_auth = SMTPAuth.OAUTH
    assert stopping.is_corrected(queue, partner)


# Validation


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("smtp_auth", "magic"),
        ("smtp_oauth_grant", "magic"),
        ("smtp_security", "none"),
        ("smtp_oauth_tenant", "../evil"),
        ("smtp_oauth_tenant", "a b"),
        ("smtp_oauth_token_endpoint", "http://login.example.com/token"),
        ("smtp_oauth_authorization_endpoint", "javascript:alert(1)"),
        ("smtp_oauth_client_id", "client\r\nX: 1"),
        ("smtp_oauth_scopes", 'a"b'),
    ],
)
def test_a_wrong_value_is_an_error_of_its_field(name: str, value: str) -> None:
    partner = make_oauth_partner()
    partner.full_clean()
    setattr(partner, name, value)
    with pytest.raises(ValidationError) as caught:
        partner.full_clean()
    assert list(caught.value.message_dict) == [name]
    if name not in {"smtp_auth", "smtp_oauth_grant"}:
        partner.smtp_auth = SMTPAuth.PASSWORD
        partner.full_clean()


def test_an_account_with_oauth_may_be_saved_incomplete() -> None:
    partner = make_oauth_partner(
        secret="", smtp_login="", **dict.fromkeys(OAUTH_COLUMNS, "") | {"smtp_oauth_grant": "consent"}
    )
    partner.full_clean()


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("https://login.example.com/token", True),
        ("HTTPS://login.example.com:8443/a?b=c", True),
        ("https://[2001:db8::1]/token", True),
        ("", False),
        ("login.example.com/token", False),
        ("http://login.example.com/token", False),
        ("ftp://login.example.com/", False),
        ("https://", False),
        ("https:///token", False),
        ("https://user@login.example.com/", False),
        ("https://user:secret@login.example.com/", False),
        ("https://login.example.com/#part", False),
        ("https://good.example\\@evil.example/", False),
        ("https://login.example.com/a b", False),
        ("https://login.example.com/\r\nHost: evil", False),
        ("https://login.example.com:0/", False),
        ("https://login.example.com:99999/", False),
        ("https://log in.example.com/", False),
        ("https://login.example.com", True),
        ("https://login.example.com?x=1", True),
        ("https://login.example.com/a{b}", False),
        ("https://-.example/", False),
    ],
)
def test_what_an_endpoint_is(text: str, usable: bool) -> None:
    assert is_endpoint(text) is usable
