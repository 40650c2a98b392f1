from __future__ import annotations

import copy
import io
import json
import pickle
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import call_command
from django.db import IntegrityError, models, transaction
from django.test import RequestFactory, override_settings
from django.utils import timezone
from django.views.debug import ExceptionReporter
from wagtail.models import DraftStateMixin, PreviewableMixin, RevisionMixin
from wagtail.search.index import Indexed

from tests.support.accounts import (
    CERTIFICATE,
    NEW_KEY,
    OLD_KEY,
    OTHER_CERTIFICATE,
    PASSWORD,
    column,
    make_partner,
    set_columns,
)
from wagtail_partner_smtp.account import encryption, saving
from wagtail_partner_smtp.account.encryption import KeyLost, Malformed, NotForThisRow, UnreadablePassword
from wagtail_partner_smtp.models import (
    Partner,
    get_account_models,
    get_partner_model,
    get_partner_model_string,
)
from wagtail_partner_smtp.smtp.errors import Code, SettingsError
from wagtail_partner_smtp.smtp.settings import Destination, Security, SMTPSettings

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries, Settings

pytestmark = pytest.mark.django_db

OTHER_DESTINATIONS = {
    "smtp_host": "mail.example.org",
    "smtp_port": 465,
    "smtp_login": "sales",
    "smtp_security": "ssl",
}
each_destination = pytest.mark.parametrize(("name", "value"), OTHER_DESTINATIONS.items())
SAME_DESTINATION = {"smtp_host": " Mail.Example.COM. ", "smtp_port": "587", "smtp_login": " billing "}


def sealed(partner: Partner) -> str:
    return str(column(partner, "smtp_password_encrypted"))


# The password


def test_a_saved_password_is_read_by_smtp_settings_alone() -> None:
    partner = make_partner()
    assert partner.smtp_settings() == SMTPSettings(
        host="mail.example.com",
        port=587,
        login="billing",
        password=PASSWORD,
        email="billing@example.com",
        security=Security.TLS,
        password_typed=False,
    )


def test_p35_no_column_holds_the_password() -> None:
    partner = make_partner()
    row = Partner.objects.filter(pk=partner.pk).values().get()
    assert PASSWORD not in repr(row)
    assert row["smtp_password_encrypted"].startswith("v1:")


def test_p35_a_stolen_dump_without_the_key_gives_no_password(settings: Settings) -> None:
    first, second = make_partner(), make_partner()
    assert sealed(first) != sealed(second)
    settings.SECRET_KEY = OLD_KEY
    with pytest.raises(KeyLost):
        first.smtp_settings()


def test_p39_dumpdata_holds_ciphertext_only() -> None:
    partner = make_partner()
    out = io.StringIO()
    call_command("dumpdata", "wagtail_partner_smtp", stdout=out)
    assert PASSWORD not in out.getvalue()
    assert json.dumps(PASSWORD) not in out.getvalue()
    assert partner.smtp_password_encrypted in out.getvalue()


def test_p39_a_loaded_dump_opens_again(tmp_path: Any) -> None:
    partner = make_partner()
    dump = tmp_path / "dump.json"
    call_command("dumpdata", "wagtail_partner_smtp", output=str(dump), verbosity=0)
    Partner.objects.all().delete()
    call_command("loaddata", str(dump), verbosity=0)
    assert Partner.objects.get(slug=partner.slug).smtp_settings().password == PASSWORD


def test_a_password_that_is_set_is_kept_by_the_next_save_only() -> None:
    partner = make_partner(password="")
    partner.set_smtp_password("new")
    assert sealed(partner) == ""
    assert partner.has_smtp_password
    assert partner.smtp_settings().password == "new"
    partner.save()
    first = sealed(partner)
    partner.save()
    assert sealed(partner) == first


def test_a_password_can_be_cleared() -> None:
    partner = make_partner()
    partner.clear_smtp_password()
    assert not partner.has_smtp_password
    assert partner.smtp_settings().password == ""
    partner.save()
    assert sealed(partner) == ""
    assert Partner.objects.get(pk=partner.pk).has_smtp_password is False


def test_a_password_that_was_set_is_forgotten_on_refresh() -> None:
    partner = make_partner()
    partner.set_smtp_password("new")
    partner.refresh_from_db()
    assert partner.smtp_settings().password == PASSWORD


def test_loading_a_deferred_column_keeps_the_password_that_was_set() -> None:
    partner = Partner.objects.defer("name").get(pk=make_partner().pk)
    partner.set_smtp_password("new")
    assert partner.name
    assert partner.smtp_settings().password == "new"


def test_an_empty_password_is_refused() -> None:
    with pytest.raises(ValueError, match="clear_smtp_password"):
        make_partner().set_smtp_password("")


def test_p32_half_a_character_is_refused_without_quoting_the_password() -> None:
    with pytest.raises(ValueError, match="half a character") as caught:
        make_partner().set_smtp_password("s3cret\ud800")
    assert not isinstance(caught.value, UnicodeError)
    assert "s3cret" not in repr(caught.value)
    assert caught.value.__context__ is None


def test_no_login_and_no_password_are_fine() -> None:
    partner = make_partner(password="", smtp_login="")
    assert partner.smtp_settings().password == ""
    assert not partner.has_smtp_password


def test_an_inactive_partner_has_settings_too() -> None:
    assert make_partner(active=False).smtp_settings().password == PASSWORD


def test_the_certificates_are_part_of_the_settings() -> None:
    partner = make_partner()
    assert partner.trust_smtp_certificate(CERTIFICATE)
    set_columns(partner, smtp_known_certificate=OTHER_CERTIFICATE)
    settings = Partner.objects.get(pk=partner.pk).smtp_settings()
    assert (settings.pinned_certificate, settings.known_certificate) == (CERTIFICATE, OTHER_CERTIFICATE)


def test_p30_a_partner_does_not_show_its_password() -> None:
    partner = make_partner()
    partner.set_smtp_password("s3cret word")
    shown = repr(partner) + str(partner) + repr(partner.smtp_settings()) + repr(vars(partner))
    assert "s3cret" not in shown


@override_settings(DEBUG=False)
def test_p30_error_reports_about_a_partner_show_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**values: Any) -> None:
        values.clear()
        raise ZeroDivisionError

    partner = make_partner()
    monkeypatch.setattr("wagtail_partner_smtp.account.password.SMTPSettings", fail)
    with pytest.raises(ZeroDivisionError) as caught:
        partner.smtp_settings()
    frames = caught.tb.tb_next
    reporter = ExceptionReporter(RequestFactory().post("/"), caught.type, caught.value, frames)
    report = str(reporter.get_traceback_html()) + str(reporter.get_traceback_text())
    assert "smtp_settings" in report
    assert "bättery" not in report


# The destination


def test_the_destination_is_in_canonical_form() -> None:
    partner = make_partner(smtp_host="Bücher.Example.", smtp_port=None)
    assert partner.smtp_destination() == Destination(
        host="xn--bcher-kva.example", port=25, login="billing", security=Security.TLS
    )


def test_an_impossible_host_is_its_own_destination() -> None:
    assert Partner(smtp_host=" no host ").smtp_destination().host == "no host"


def test_an_unknown_security_is_a_typed_error() -> None:
    partner = make_partner()
    set_columns(partner, smtp_security="magic")
    partner = Partner.objects.get(pk=partner.pk)
    with pytest.raises(SettingsError) as caught:
        partner.smtp_destination()
    assert caught.value.code is Code.SECURITY_INVALID
    with pytest.raises(SettingsError):
        partner.smtp_settings()
    partner.smtp_security = "tls"
    partner.save()
    assert partner.smtp_settings().password == PASSWORD


@each_destination
def test_p01_the_saved_password_is_not_for_another_destination(name: str, value: Any) -> None:
    partner = make_partner()
    setattr(partner, name, value)
    with pytest.raises(NotForThisRow):
        partner.smtp_settings()


@pytest.mark.parametrize(("name", "value"), SAME_DESTINATION.items())
def test_p01_another_spelling_is_the_same_destination(name: str, value: Any) -> None:
    partner = make_partner()
    setattr(partner, name, value)
    partner.save()
    assert partner.smtp_settings().password == PASSWORD
    assert Partner.objects.get(pk=partner.pk).smtp_settings().password == PASSWORD


def test_p01_an_empty_port_is_25() -> None:
    partner = make_partner(smtp_port=None)
    partner.smtp_port = 25
    partner.save()
    assert Partner.objects.get(pk=partner.pk).smtp_settings().password == PASSWORD


@each_destination
def test_p02_a_changed_destination_makes_the_password_unreadable_when_saved(name: str, value: Any) -> None:
    partner = make_partner()
    before = sealed(partner)
    setattr(partner, name, value)
    partner.save()
    assert sealed(partner) == before
    partner = Partner.objects.get(pk=partner.pk)
    assert partner.is_smtp_password_unreadable
    assert partner.has_smtp_password
    with pytest.raises(NotForThisRow):
        partner.smtp_settings()


def test_p02_not_even_the_instance_that_it_was_set_on_takes_it_along() -> None:
    partner = Partner(name="a", slug="a", smtp_host="mail.example.com")
    partner.set_smtp_password(PASSWORD)
    partner.save()
    for host in ("one.example.com", "two.example.com"):
        partner.smtp_host = host
        partner.save()
        assert partner.is_smtp_password_unreadable
        partner.set_smtp_password(PASSWORD)
        partner.save()


def test_p02_nor_after_update_fields() -> None:
    partner = make_partner()
    partner.set_smtp_password("new")
    partner.save(update_fields=["smtp_password_encrypted"])
    partner.smtp_host = "other.example.com"
    partner.save()
    assert partner.is_smtp_password_unreadable


@each_destination
def test_p02_the_same_with_update_fields(name: str, value: Any) -> None:
    partner = make_partner()
    setattr(partner, name, value)
    partner.save(update_fields=[name])
    with pytest.raises(NotForThisRow):
        Partner.objects.get(pk=partner.pk).smtp_settings()


@each_destination
def test_p02_bulk_update_makes_the_password_unreadable(name: str, value: Any) -> None:
    partner = make_partner()
    setattr(partner, name, value)
    Partner.objects.bulk_update([partner], [name])
    with pytest.raises(NotForThisRow):
        Partner.objects.get(pk=partner.pk).smtp_settings()


@each_destination
def test_p03_a_destination_rewritten_below_the_model_does_not_open(name: str, value: Any) -> None:
    partner = make_partner()
    set_columns(partner, **{name: value})
    with pytest.raises(NotForThisRow):
        Partner.objects.get(pk=partner.pk).smtp_settings()


def test_p03_a_destination_restored_opens_again() -> None:
    partner = make_partner()
    set_columns(partner, smtp_host="evil.example.com")
    set_columns(partner, smtp_host="mail.example.com")
    assert Partner.objects.get(pk=partner.pk).smtp_settings().password == PASSWORD


@each_destination
def test_a_changed_destination_with_a_new_password_works(name: str, value: Any) -> None:
    partner = make_partner()
    setattr(partner, name, value)
    partner.set_smtp_password("new")
    partner.save()
    assert Partner.objects.get(pk=partner.pk).smtp_settings().password == "new"


def test_p36_a_ciphertext_moved_to_another_partner_does_not_open() -> None:
    one, other = make_partner(password="one"), make_partner(password="other")
    set_columns(one, smtp_password_encrypted=other.smtp_password_encrypted)
    set_columns(other, smtp_password_encrypted=one.smtp_password_encrypted)
    for partner in Partner.objects.filter(pk__in=[one.pk, other.pk]):
        with pytest.raises(NotForThisRow):
            partner.smtp_settings()


def test_p36_nor_does_it_without_a_uuid() -> None:
    partner = make_partner()
    set_columns(partner, smtp_uuid=None)
    with pytest.raises(NotForThisRow):
        Partner.objects.get(pk=partner.pk).smtp_settings()


# Unreadable passwords


@pytest.fixture
def unreadable(settings: Settings) -> Partner:
    """A partner whose password was sealed with a key that is lost."""
    settings.PARTNER_SMTP_KEYS = [OLD_KEY]
    partner = make_partner()
    settings.PARTNER_SMTP_KEYS = [NEW_KEY]
    return Partner.objects.get(pk=partner.pk)


def test_p37_a_lost_key_is_a_typed_error(unreadable: Partner) -> None:
    with pytest.raises(KeyLost):
        unreadable.smtp_settings()
    assert unreadable.has_smtp_password
    assert unreadable.is_smtp_password_unreadable


def test_p37_an_ordinary_save_leaves_the_row_as_it_is(unreadable: Partner) -> None:
    before = sealed(unreadable)
    unreadable.name = "Renamed"
    unreadable.smtp_email = "other@example.com"
    unreadable.save()
    assert sealed(unreadable) == before
    assert column(unreadable, "name") == "Renamed"


def test_p37_neither_does_a_save_by_an_instance_that_knows_nothing_of_it(unreadable: Partner) -> None:
    before = sealed(unreadable)
    Partner(pk=unreadable.pk, name="By hand", slug="by-hand").save()
    assert sealed(unreadable) == before


@pytest.mark.parametrize("text", ["", "v1:overwritten", "plain"])
def test_p37_nor_does_assigning_the_column(text: str, unreadable: Partner) -> None:
    before = sealed(unreadable)
    unreadable.smtp_password_encrypted = text
    unreadable.save()
    unreadable.smtp_password_encrypted = text
    unreadable.save(update_fields=["smtp_password_encrypted"])
    assert sealed(unreadable) == before
    assert unreadable.smtp_password_encrypted == before


def test_p37_a_new_password_replaces_it(unreadable: Partner) -> None:
    unreadable.set_smtp_password("new")
    unreadable.save()
    assert Partner.objects.get(pk=unreadable.pk).smtp_settings().password == "new"


def test_p37_so_does_removing_it(unreadable: Partner) -> None:
    unreadable.clear_smtp_password()
    unreadable.save()
    assert sealed(unreadable) == ""


def test_p37_the_key_found_again_opens_it(unreadable: Partner, settings: Settings) -> None:
    unreadable.save()
    settings.PARTNER_SMTP_KEYS = [NEW_KEY, OLD_KEY]
    assert Partner.objects.get(pk=unreadable.pk).smtp_settings().password == PASSWORD


def test_malformed_is_a_typed_error_too() -> None:
    partner = make_partner()
    set_columns(partner, smtp_password_encrypted=PASSWORD)
    with pytest.raises(Malformed) as caught:
        Partner.objects.get(pk=partner.pk).smtp_settings()
    assert isinstance(caught.value, UnreadablePassword)
    assert PASSWORD not in str(caught.value)


# Copies


def as_new_row(partner: Partner) -> Partner:
    partner.pk = None
    return partner


def as_adding(partner: Partner) -> Partner:
    partner.pk = None
    partner._state.adding = True
    return partner


def as_shallow_copy(partner: Partner) -> Partner:
    return as_new_row(copy.copy(partner))


def as_pickle(partner: Partner) -> Partner:
    return as_new_row(pickle.loads(pickle.dumps(partner)))  # noqa: S301


def as_another_key(partner: Partner) -> Partner:
    partner.pk = partner.pk + 1000
    return partner


def by_hand(partner: Partner) -> Partner:
    fields = [field.attname for field in Partner._meta.concrete_fields if not field.primary_key]
    return Partner(**{name: getattr(partner, name) for name in fields})


def make_tested() -> Partner:
    """A partner that was tested, with a certificate that is both trusted and known."""
    partner = make_partner()
    assert partner.trust_smtp_certificate(CERTIFICATE)
    now = timezone.now()
    set_columns(
        partner,
        smtp_status="ok",
        smtp_tested_at=now,
        smtp_test_summary={"ok": True},
        smtp_known_certificate=CERTIFICATE,
        smtp_known_certificate_at=now,
    )
    return Partner.objects.get(pk=partner.pk)


@pytest.mark.parametrize(
    "make_copy", [as_new_row, as_adding, as_shallow_copy, as_pickle, as_another_key, by_hand]
)
@pytest.mark.parametrize("cleaned", [False, True])
def test_p39_a_copy_is_a_row_of_its_own_without_a_password(make_copy: Any, cleaned: bool) -> None:
    original = make_tested()
    before = Partner.objects.filter(pk=original.pk).values().get()
    duplicate = make_copy(Partner.objects.get(pk=original.pk))
    duplicate.slug = "copy"
    if cleaned:
        duplicate.full_clean()
    duplicate.save()
    duplicate = Partner.objects.get(slug="copy")
    assert duplicate.smtp_uuid not in (None, original.smtp_uuid)
    assert duplicate.smtp_password_encrypted == ""
    assert duplicate.smtp_settings() == SMTPSettings(
        host="mail.example.com", port=587, login="billing", email="billing@example.com", security=Security.TLS
    )
    assert duplicate.smtp_status == "untested"
    assert duplicate.smtp_tested_at is None
    assert duplicate.smtp_test_summary == {}
    assert duplicate.smtp_known_certificate_at is None
    assert Partner.objects.filter(pk=original.pk).values().get() == before


def test_p39_a_copy_is_one_even_when_the_original_is_gone() -> None:
    original = make_partner()
    duplicate = as_new_row(Partner.objects.get(pk=original.pk))
    original.delete()
    duplicate.save()
    assert duplicate.smtp_uuid != original.smtp_uuid
    assert not duplicate.has_smtp_password


def test_p39_a_copy_keeps_the_password_that_was_typed_for_it() -> None:
    duplicate = as_new_row(make_partner())
    duplicate.slug = "copy"
    duplicate.set_smtp_password("new")
    duplicate.full_clean()
    duplicate.save()
    assert Partner.objects.get(slug="copy").smtp_settings().password == "new"


def test_p39_a_ciphertext_without_its_uuid_is_not_taken_along() -> None:
    stray = make_partner(password="", smtp_password_encrypted=make_partner().smtp_password_encrypted)
    assert stray.smtp_password_encrypted == ""


def test_a_saved_partner_is_no_copy_of_itself(tested: Partner) -> None:
    before = Partner.objects.filter(pk=tested.pk).values().get()
    tested.full_clean()
    assert tested.smtp_settings().password == PASSWORD
    tested.save()
    assert Partner.objects.filter(pk=tested.pk).values().get() == before


def test_a_row_is_not_overwritten_by_an_insert() -> None:
    partner = make_partner()
    with pytest.raises(IntegrityError), transaction.atomic():
        Partner(pk=partner.pk, name="By hand", slug="by-hand").save(force_insert=True)
    assert Partner.objects.get(pk=partner.pk).smtp_settings() == partner.smtp_settings()


def test_a_deleted_row_can_be_put_back_under_its_key() -> None:
    partner = make_partner()
    again = Partner.objects.get(pk=partner.pk)
    partner.delete()
    again.save(force_insert=True)
    assert Partner.objects.get(pk=again.pk).smtp_settings().password == PASSWORD


# Saving


def test_each_new_row_gets_a_uuid() -> None:
    one, other = make_partner(password=""), make_partner(password="")
    assert isinstance(one.smtp_uuid, UUID)
    assert one.smtp_uuid != other.smtp_uuid


def test_rows_from_before_the_columns_get_a_uuid_when_saved() -> None:
    """What a site's table holds after the migration that adds the mixin, and what bulk_create() writes."""
    Partner.objects.bulk_create([Partner(name="a", slug="a"), Partner(name="b", slug="b")])
    partner = Partner.objects.get(slug="a")
    assert partner.smtp_uuid is None
    partner.set_smtp_password("new")
    partner.save()
    partner = Partner.objects.get(slug="a")
    assert isinstance(partner.smtp_uuid, UUID)
    assert partner.smtp_settings().password == "new"


def test_the_uuid_of_a_row_stays() -> None:
    partner = make_partner()
    before = partner.smtp_uuid
    partner.smtp_uuid = UUID(int=1)
    partner.save()
    assert column(partner, "smtp_uuid") == before


def test_what_was_typed_is_kept_but_trimmed() -> None:
    partner = make_partner(
        smtp_host=" Mail.Example.com. ", smtp_login=" billing ", smtp_email=" a@b.example "
    )
    assert (partner.smtp_host, partner.smtp_login, partner.smtp_email) == (
        "Mail.Example.com.",
        "billing",
        "a@b.example",
    )


def test_a_port_in_digits_is_a_number() -> None:
    partner = Partner(name="a", slug="a", smtp_port="587")
    partner.set_smtp_password("new")
    partner.save()
    assert partner.smtp_port == 587
    assert Partner.objects.get(pk=partner.pk).smtp_settings().password == "new"


def test_the_password_is_sealed_after_normalisation() -> None:
    partner = Partner(name="a", slug="a", smtp_host=" Mail.Example.com. ", smtp_login=" x ", smtp_port="25")
    partner.set_smtp_password("new")
    partner.save()
    assert Partner.objects.get(pk=partner.pk).smtp_settings().password == "new"


def test_update_fields_without_the_password_leaves_it_set() -> None:
    partner = make_partner()
    partner.set_smtp_password("new")
    partner.save(update_fields=["name"])
    assert Partner.objects.get(pk=partner.pk).smtp_settings().password == PASSWORD
    partner.save(update_fields=["smtp_password_encrypted"])
    assert Partner.objects.get(pk=partner.pk).smtp_settings().password == "new"


def test_update_fields_seals_for_the_destination_that_is_stored() -> None:
    """An unsaved change of the host on the instance is not what the password is for."""
    partner = make_partner()
    partner.smtp_host = "other.example.com"
    partner.set_smtp_password("new")
    partner.save(update_fields=["smtp_password_encrypted"])
    partner = Partner.objects.get(pk=partner.pk)
    assert partner.smtp_host == "mail.example.com"
    assert partner.smtp_settings().password == "new"


def test_update_fields_writes_nothing_else() -> None:
    partner = make_partner()
    set_columns(partner, name="Meanwhile", smtp_email="meanwhile@example.com")
    partner.smtp_port = 587
    partner.save(update_fields=["smtp_port"])
    assert column(partner, "name") == "Meanwhile"
    assert column(partner, "smtp_email") == "meanwhile@example.com"
    assert column(partner, "smtp_status") == "untested"


@pytest.mark.parametrize("loaded", [["name"], ["name", "smtp_host"], ["smtp_password_encrypted"]])
def test_an_instance_with_deferred_columns_can_be_saved(loaded: list[str]) -> None:
    before = make_partner()
    partner = Partner.objects.only(*loaded).get(pk=before.pk)
    partner.name = "Renamed"
    partner.save()
    partner = Partner.objects.get(pk=before.pk)
    assert partner.name == "Renamed"
    assert partner.smtp_settings() == before.smtp_settings()
    assert partner.smtp_uuid == before.smtp_uuid


def test_an_instance_with_deferred_columns_seals_for_what_is_stored() -> None:
    partner = Partner.objects.only("name").get(pk=make_partner().pk)
    partner.set_smtp_password("new")
    partner.save()
    assert Partner.objects.get(pk=partner.pk).smtp_settings().password == "new"


def test_an_instance_built_by_hand_seals_for_its_row() -> None:
    before = make_partner()
    partner = Partner(pk=before.pk, name="By hand", slug="by-hand", smtp_host="other.example.com")
    partner.set_smtp_password("new")
    partner.save()
    partner = Partner.objects.get(pk=before.pk)
    assert partner.smtp_uuid == before.smtp_uuid
    assert partner.smtp_settings().password == "new"


def test_saving_takes_one_query_more(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    partner = make_partner()
    with django_assert_num_queries(2):
        partner.save()
    unchanged = {name: getattr(partner, name) for name in saving.FILLED_IN}
    with django_assert_num_queries(2):
        Partner(pk=partner.pk, name="By hand", slug="by-hand", **unchanged).save()


def test_saving_another_account_looks_at_the_queue_too(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    partner = make_partner()
    with django_assert_num_queries(3):
        Partner(pk=partner.pk, name="By hand", slug="by-hand").save()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("smtp_status", "ok"),
        ("smtp_test_summary", {"ok": True}),
        ("smtp_tested_at", timezone.now()),
        ("smtp_known_certificate", CERTIFICATE),
        ("smtp_known_certificate_at", timezone.now()),
        ("smtp_password_encrypted", "v1:rotated meanwhile"),
    ],
)
def test_p38_what_the_machine_stored_meanwhile_survives_a_save(name: str, value: Any) -> None:
    partner = make_partner()
    set_columns(partner, **{name: value})
    partner.name = "Renamed"
    partner.save()
    assert column(partner, "name") == "Renamed"
    assert column(partner, name) == value
    assert getattr(partner, name) == value


@pytest.mark.parametrize("names", [None, ["name", "smtp_password_encrypted", "smtp_uuid"]])
def test_p38_even_between_reading_and_writing_the_row(names: list[str] | None) -> None:
    """The columns are not in the UPDATE at all."""
    partner = make_partner()

    def rotate(sender: type, instance: Partner, **kwargs: Any) -> None:
        set_columns(instance, smtp_password_encrypted="v1:rotated", smtp_status="ok")

    models.signals.pre_save.connect(rotate, sender=Partner)
    try:
        partner.save(update_fields=names)
    finally:
        models.signals.pre_save.disconnect(rotate, sender=Partner)
    assert column(partner, "smtp_password_encrypted") == "v1:rotated"
    assert column(partner, "smtp_status") == "ok"


def test_a_new_row_takes_what_it_is_given() -> None:
    partner = make_partner(smtp_status="ok", smtp_pinned_certificate=CERTIFICATE)
    # All but what takes an action of its own.
    assert (partner.smtp_status, partner.smtp_pinned_certificate) == ("ok", "")


# What a change means for the last test and the certificates


@pytest.fixture
def tested() -> Partner:
    return make_tested()


def certificates(partner: Partner) -> tuple[str, str, bool]:
    row = Partner.objects.get(pk=partner.pk)
    assert row.smtp_trusted_certificate == row.smtp_pinned_certificate
    return row.smtp_pinned_certificate, row.smtp_known_certificate, row.smtp_known_certificate_at is not None


@each_destination
@pytest.mark.parametrize("partly", [False, True])
def test_p24_another_server_drops_the_certificates_and_another_login_does_not(
    name: str, value: Any, partly: bool, tested: Partner
) -> None:
    setattr(tested, name, value)
    tested.save(update_fields=[name] if partly else None)
    kept = name == "smtp_login"
    assert certificates(tested) == ((CERTIFICATE, CERTIFICATE, True) if kept else ("", "", False))
    assert tested.smtp_trusted_certificate == tested.smtp_known_certificate == (CERTIFICATE if kept else "")


@pytest.mark.parametrize(("name", "value"), SAME_DESTINATION.items())
def test_p24_another_spelling_keeps_them(name: str, value: Any, tested: Partner) -> None:
    setattr(tested, name, value)
    tested.save()
    assert certificates(tested) == (CERTIFICATE, CERTIFICATE, True)


@pytest.mark.parametrize("names", [None, ["smtp_pinned_certificate", "smtp_pinned_certificate_encrypted"]])
def test_p58_trust_that_was_taken_back_does_not_return_by_an_older_instance(
    names: list[str] | None, tested: Partner
) -> None:
    assert Partner.objects.get(pk=tested.pk).trust_smtp_certificate("")
    tested.smtp_login = "sales"
    tested.save(update_fields=names and [*names, "smtp_login"])
    assert certificates(tested)[0] == tested.smtp_pinned_certificate == ""
    assert column(tested, "smtp_login") == "sales"


def test_p58_nor_is_it_given_by_any_save(tested: Partner) -> None:
    tested.smtp_pinned_certificate = OTHER_CERTIFICATE
    tested.save()
    tested.smtp_pinned_certificate = OTHER_CERTIFICATE
    tested.save(update_fields=["smtp_pinned_certificate"])
    assert certificates(tested)[0] == CERTIFICATE


@pytest.mark.parametrize(
    "below",
    [
        {"smtp_pinned_certificate": OTHER_CERTIFICATE},
        {"smtp_pinned_certificate": OTHER_CERTIFICATE, "smtp_pinned_certificate_encrypted": ""},
        {"smtp_host": "other.example.com"},
        {"smtp_port": 2525},
        {"smtp_security": "ssl"},
    ],
)
def test_p58_a_pin_rewritten_below_the_site_is_not_honoured(below: dict[str, Any], tested: Partner) -> None:
    set_columns(tested, **below)
    row = Partner.objects.get(pk=tested.pk)
    assert row.smtp_trusted_certificate == row._remembered()["pinned_certificate"] == ""


def test_p58_nor_is_that_of_another_partner(tested: Partner) -> None:
    other = make_partner(slug="other")
    names = ("smtp_pinned_certificate", "smtp_pinned_certificate_encrypted")
    set_columns(other, **{name: column(tested, name) for name in names})
    assert Partner.objects.get(pk=other.pk).smtp_trusted_certificate == ""


@each_destination
def test_p58_trust_is_for_the_destination_that_the_row_has_now(name: str, value: Any) -> None:
    partner = make_partner()
    set_columns(partner, **{name: value})
    assert not partner.trust_smtp_certificate(CERTIFICATE)
    assert column(partner, "smtp_pinned_certificate") == partner.smtp_pinned_certificate == ""


def test_p58_also_when_it_changes_while_trust_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    partner = make_partner()
    sealed = encryption.seal

    def overtaken(*values: Any) -> str:
        set_columns(partner, smtp_host="other.example.com")
        return sealed(*values)

    monkeypatch.setattr(encryption, "seal", overtaken)
    assert not partner.trust_smtp_certificate(CERTIFICATE)
    assert column(partner, "smtp_pinned_certificate") == ""


def test_there_is_no_trust_for_a_row_that_is_not_saved() -> None:
    assert not Partner(name="New", slug="new").trust_smtp_certificate(CERTIFICATE)


def test_trust_makes_the_result_an_old_one(tested: Partner) -> None:
    assert tested.trust_smtp_certificate(OTHER_CERTIFICATE)
    assert column(tested, "smtp_status") == tested.smtp_status == "changed"
    assert certificates(tested)[0] == OTHER_CERTIFICATE


@pytest.mark.parametrize(
    ("name", "value"), [*OTHER_DESTINATIONS.items(), ("smtp_email", "other@example.com")]
)
@pytest.mark.parametrize("partly", [False, True])
def test_a_changed_value_makes_the_result_an_old_one(
    name: str, value: Any, partly: bool, tested: Partner
) -> None:
    setattr(tested, name, value)
    tested.save(update_fields=[name] if partly else None)
    assert column(tested, "smtp_status") == tested.smtp_status == "changed"
    assert column(tested, "smtp_tested_at") is not None


@pytest.mark.parametrize("change", ["set", "clear"])
def test_so_does_a_changed_password(change: str, tested: Partner) -> None:
    if change == "set":
        tested.set_smtp_password("new")
    else:
        tested.clear_smtp_password()
    tested.save()
    assert column(tested, "smtp_status") == "changed"


@pytest.mark.parametrize(
    ("name", "value"), [*SAME_DESTINATION.items(), ("name", "Renamed"), ("active", False)]
)
def test_anything_else_keeps_the_result(name: str, value: Any, tested: Partner) -> None:
    setattr(tested, name, value)
    tested.save()
    assert column(tested, "smtp_status") == "ok"


def test_what_was_never_tested_stays_untested() -> None:
    partner = make_partner()
    partner.smtp_host = "other.example.com"
    partner.save()
    assert column(partner, "smtp_status") == "untested"


def test_a_result_for_the_old_values_does_not_come_through_while_they_change() -> None:
    partner = make_partner()

    def store(sender: type, instance: Partner, **kwargs: Any) -> None:
        set_columns(instance, smtp_status="ok")

    partner.smtp_host = "other.example.com"
    models.signals.pre_save.connect(store, sender=Partner)
    try:
        partner.save()
    finally:
        models.signals.pre_save.disconnect(store, sender=Partner)
    assert column(partner, "smtp_status") == "untested"


# Validation


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("smtp_host", "no host"),
        ("smtp_host", "mail.example.com:25"),
        ("smtp_host", "a..b"),
        ("smtp_host", "mail\r\n.example.com"),
        ("smtp_port", 0),
        ("smtp_port", -1),
        ("smtp_port", 65536),
        ("smtp_port", "25x"),
        ("smtp_login", "bill\r\nQUIT"),
        ("smtp_login", "bill\0"),
        ("smtp_email", "no address"),
        ("smtp_email", "a@b.example\r\nRCPT TO:<x@y.example>"),
        ("smtp_security", "magic"),
    ],
)
def test_p11_p31_a_wrong_value_is_an_error_of_its_field(name: str, value: Any) -> None:
    partner = make_partner()
    setattr(partner, name, value)
    with pytest.raises(ValidationError) as caught:
        partner.full_clean()
    assert list(caught.value.message_dict) == [name]
    assert len(caught.value.message_dict[name]) == 1


@pytest.mark.parametrize("name", ["smtp_host", "smtp_port", "smtp_email"])
def test_fields_that_are_left_out_are_not_validated(name: str) -> None:
    partner = make_partner()
    setattr(partner, name, -1 if name == "smtp_port" else "no \n good")
    partner.clean_fields(exclude={name})


def test_p05_an_account_may_be_saved_incomplete() -> None:
    partner = make_partner(password="")
    partner.smtp_host = partner.smtp_email = ""
    partner.smtp_port = None
    partner.full_clean()
    partner.save()
    assert partner.smtp_settings().host == ""


def test_errors_of_other_fields_are_told_as_well() -> None:
    with pytest.raises(ValidationError) as caught:
        Partner(smtp_host="no host").full_clean()
    assert set(caught.value.message_dict) == {"name", "slug", "smtp_host"}


# The models


def test_the_partner_model_is_the_one_of_the_setting(settings: Settings) -> None:
    assert get_partner_model_string() == "wagtail_partner_smtp.Partner"
    assert get_partner_model() is Partner
    settings.PARTNER_SMTP_PARTNER_MODEL = "shop.Supplier"
    assert get_partner_model()._meta.label == "shop.Supplier"


@pytest.mark.parametrize("name", ["shop.Missing", "missing.Partner", "Partner"])
def test_a_missing_partner_model_is_told(name: str, settings: Settings) -> None:
    settings.PARTNER_SMTP_PARTNER_MODEL = name
    with pytest.raises(ImproperlyConfigured, match="PARTNER_SMTP_PARTNER_MODEL"):
        get_partner_model()


def test_the_account_models_are_those_with_the_columns() -> None:
    assert Partner in get_account_models()
    assert all(hasattr(model, "smtp_settings") for model in get_account_models())


def test_a_partner_keeps_no_drafts_and_is_not_indexed() -> None:
    assert not issubclass(Partner, RevisionMixin | DraftStateMixin | PreviewableMixin | Indexed)


def test_the_columns_of_the_machine_are_in_no_form() -> None:
    names = {"uuid", "password_encrypted", "pinned_certificate", "known_certificate", "known_certificate_at"}
    names |= {"status", "tested_at", "test_summary"}
    assert not any(Partner._meta.get_field(f"smtp_{name}").editable for name in names)


def test_a_partner_is_called_by_its_name() -> None:
    assert str(Partner(name="Acme")) == "Acme"


def test_an_account_without_a_host_is_not_set_up_and_with_one_again_untested() -> None:
    partner = make_partner(smtp_status="ok")
    partner.clear_smtp_password()
    states = []
    for host in ("", "mail.example.com", "mx.example.com"):
        partner.smtp_host = host
        partner.save()
        states.append(column(partner, "smtp_status"))
    assert states == ["not_set_up", "untested", "untested"]


def test_a_stale_instance_writes_nothing_that_only_the_machine_knows() -> None:
    stale, now = make_partner(), timezone.now()
    known: dict[str, Any] = {
        "smtp_status": "failed",
        "smtp_status_since": now,
        "smtp_tested_at": now,
        "smtp_test_summary": {"ok": False},
        "smtp_judged_at": now,
        "smtp_failure": {"code": "auth_failed"},
        "smtp_failures": 3,
        "smtp_relay_proven_at": now,
        "smtp_certificate_until": now,
        "smtp_known_certificate": CERTIFICATE,
        "smtp_known_certificate_at": now,
        "smtp_last_mail_at": now,
        "smtp_alert_state": "broken",
        "smtp_alerted_until": now,
    }
    set_columns(stale, **known)
    stale.name = "Renamed"
    stale.save()
    assert {name: column(stale, name) for name in known} == known
    assert column(stale, "name") == "Renamed"
