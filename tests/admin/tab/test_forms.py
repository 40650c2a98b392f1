"""The SMTP tab as a form."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from wagtail.admin.panels import get_form_for_model

from tests.support.admin import ACCOUNT, PASSWORD, make_partner, permit, read_again, values_of
from wagtail_partner_smtp.account.sender import SENDER_COLUMNS
from wagtail_partner_smtp.forms import SMTP_FIELDS, SMTPAccountFormMixin, SMTPTestForm
from wagtail_partner_smtp.models import AbstractPartner, get_partner_model
from wagtail_partner_smtp.smtp.settings import Security, SMTPSettings

pytestmark = pytest.mark.django_db


def form_class(base: type[Any] = SMTPAccountFormMixin) -> type[Any]:
    names = ["name", "slug", "active", *ACCOUNT, *SENDER_COLUMNS]
    return get_form_for_model(get_partner_model(), base, fields=names)  # type: ignore[no-any-return]


def bind(user: User | None, partner: AbstractPartner | None = None, **changes: Any) -> Any:
    instance = partner or get_partner_model()()
    return form_class()(values_of(partner, **changes), instance=instance, for_user=user)


def bind_test(user: User, partner: AbstractPartner | None = None, **changes: Any) -> Any:
    model = get_partner_model()
    test_form = get_form_for_model(model, SMTPTestForm, fields=list(ACCOUNT), formsets=[])
    return test_form(values_of(partner, **changes), instance=partner or model(), for_user=user)


def codes(form: Any) -> dict[str, list[str | None]]:
    return {name: [error.code for error in errors] for name, errors in form.errors.as_data().items()}


# Who gets the fields


def test_labels_are_those_of_the_specification(manager: User) -> None:
    labels = {name: str(field.label) for name, field in bind(manager).fields.items()}
    assert labels["smtp_host"] == "SMTP Host"
    assert labels["smtp_port"] == "SMTP Port"
    assert labels["smtp_login"] == "SMTP Login"
    assert labels["smtp_password"] == "SMTP Password"
    assert labels["smtp_email"] == "SMTP Email"
    assert labels["smtp_security"] == "SMTP Security"


def test_security_is_none_ssl_or_tls(manager: User) -> None:
    choices = [(value, str(label)) for value, label in bind(manager).fields["smtp_security"].choices]
    assert choices == [("none", "No encryption"), ("ssl", "SSL"), ("tls", "TLS (STARTTLS)")]


@pytest.mark.parametrize("actions", [(), ("change",), ("manage",), ("add", "manage"), ("view", "manage")])
def test_form_without_the_permission_has_no_smtp_fields(editor: User, actions: tuple[str, ...]) -> None:
    form = bind(permit(editor, *actions), make_partner())
    assert not set(form.fields) & set(SMTP_FIELDS)


def test_form_for_nobody_has_no_smtp_fields() -> None:
    assert not set(bind(None, make_partner()).fields) & set(SMTP_FIELDS)


@pytest.mark.parametrize("actions", [("add",), ("change", "manage")])
def test_new_partner_needs_add_and_manage(editor: User, actions: tuple[str, ...]) -> None:
    assert not set(bind(permit(editor, *actions)).fields) & set(SMTP_FIELDS)
    assert "smtp_host" in bind(permit(editor, "add", "manage")).fields


def test_p13_crafted_values_of_a_user_without_the_permission_change_nothing(editor: User) -> None:
    partner = make_partner()
    user = permit(editor, "change")
    form = bind(
        user,
        partner,
        name="Renamed",
        smtp_host="evil.example",
        smtp_password="evil",
        smtp_password_remove="on",
    )
    form.save()
    saved = read_again(partner)
    assert saved.name == "Renamed"
    assert saved.smtp_settings() == make_expected(saved)
    assert saved.smtp_host == "localhost"


def test_p13_nothing_that_was_saved_meanwhile_is_taken_back(editor: User) -> None:
    """By somebody who may not manage the account, and whose request began before."""
    partner = make_partner(name="Acme", smtp_login="")
    form = bind(permit(editor, "change"), read_again(partner), name="Renamed")
    assert form.is_valid(), form.errors
    changes = {
        "slug": "moved",
        "smtp_host": "new.example.com",
        "smtp_port": 465,
        "smtp_login": "new",
        "smtp_security": "ssl",
        "smtp_email": "new@example.com",
        "smtp_sender_name": "New",
        "smtp_reply_to": "answers@example.com",
    }
    for name, value in changes.items():
        setattr(partner, name, value)
    partner.set_smtp_password(PASSWORD)
    partner.save()
    form.save()
    saved = read_again(partner)
    assert {name: getattr(saved, name) for name in changes} == changes
    assert (saved.name, saved.smtp_settings().password) == ("Renamed", PASSWORD)


def make_expected(partner: AbstractPartner) -> SMTPSettings:
    return SMTPSettings(
        host="localhost",
        port=587,
        login="user",
        password=PASSWORD,
        email="user@example.com",
        security=Security.TLS,
    )


def test_form_survives_field_permissions_of_fields_it_has_not(manager: User) -> None:
    class FormFromAPI(form_class()):  # type: ignore[misc]
        pass

    FormFromAPI._meta.field_permissions = {"smtp_host": "x.y", "gone": "x.y"}
    form = FormFromAPI(values_of(), instance=get_partner_model()(), for_user=manager)
    assert "gone" not in form.fields


# What is typed


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ({"smtp_host": "ssl://mail.example.com:465", "smtp_port": ""}, ("mail.example.com", 465, "ssl")),
        ({"smtp_host": "smtps://mail.example.com", "smtp_port": "465"}, ("mail.example.com", 465, "ssl")),
        ({"smtp_host": "tls://mail.example.com:587", "smtp_port": "587"}, ("mail.example.com", 587, "tls")),
        ({"smtp_host": "mail.example.com:2525", "smtp_port": ""}, ("mail.example.com", 2525, "tls")),
        ({"smtp_host": "[::1]:25", "smtp_port": ""}, ("::1", 25, "tls")),
        ({"smtp_host": " mail.example.com ", "smtp_port": " 25 "}, ("mail.example.com", 25, "tls")),
        ({"smtp_host": "mail.example.com", "smtp_port": ""}, ("mail.example.com", 587, "tls")),
        ({"smtp_port": "", "smtp_security": "ssl"}, ("localhost", 465, "ssl")),
        ({"smtp_port": "", "smtp_security": "none"}, ("localhost", 25, "none")),
        ({"smtp_host": "", "smtp_port": "", "smtp_login": ""}, ("", None, "tls")),
    ],
)
def test_p11_pasted_address_is_split_into_the_fields(
    manager: User, typed: dict[str, Any], stored: tuple[str, int | None, str]
) -> None:
    form = bind(manager, **typed, smtp_password=PASSWORD)
    assert form.errors == {}
    saved = read_again(form.save())
    assert (saved.smtp_host, saved.smtp_port, saved.smtp_security) == stored


@pytest.mark.parametrize("selected", ["ssl", "tls", "none"])
def test_plain_scheme_never_lowers_the_security(manager: User, selected: str) -> None:
    form = bind(manager, smtp_host="smtp://mail.example.com", smtp_security=selected, smtp_password="x")
    assert form.is_valid()
    assert form.cleaned_data["smtp_security"] == selected


def test_form_says_what_it_understood(manager: User) -> None:
    form = bind(manager, smtp_host="ssl://mail.example.com:465", smtp_port="", smtp_password="x")
    assert form.is_valid()
    assert form.smtp_notes == [
        "The host was read as mail.example.com.",
        "The port was set to 465, as in the pasted address.",
        "The security was set to SSL, as in the pasted address.",
    ]


def test_words_around_the_port_are_understood(manager: User) -> None:
    form = bind(manager, smtp_port="Port 465 (SSL/TLS)", smtp_password="x")
    assert form.is_valid()
    assert (form.cleaned_data["smtp_port"], form.cleaned_data["smtp_security"]) == (465, "ssl")
    assert form.smtp_notes == [
        "The port was read as 465.",
        "The security was set to SSL, as in the pasted address.",
    ]


@pytest.mark.parametrize("field", ["smtp_host", "smtp_port"])
def test_line_of_a_provider_fills_in_all_of_the_server(manager: User, field: str) -> None:
    line = "Postausgangsserver: smtp.acme.example (Port 465, SSL/TLS)"
    pasted: dict[str, Any] = {"smtp_host": "", "smtp_port": ""} | {field: line}
    saved = bind(manager, **pasted, smtp_password="x").save()
    assert (saved.smtp_host, saved.smtp_port, saved.smtp_security) == ("smtp.acme.example", 465, "ssl")


def test_server_in_the_port_field_must_be_that_of_the_host_field(manager: User) -> None:
    form = bind(manager, smtp_host="Mail.example.com.", smtp_port="mail.example.com:25", smtp_password="x")
    assert form.is_valid()
    assert form.cleaned_data["smtp_port"] == 25
    form = bind(manager, smtp_host="mail.example.com", smtp_port="other.example:25", smtp_password="x")
    assert codes(form) == {"smtp_port": ["host_conflict"]}
    assert "other.example" in form.errors["smtp_port"][0]
    assert "mail.example.com" in form.errors["smtp_port"][0]


def test_server_in_the_port_field_fills_in_the_host(manager: User) -> None:
    form = bind(manager, smtp_host="", smtp_port="smtp.acme.example", smtp_password="x")
    assert form.is_valid()
    assert (form.cleaned_data["smtp_host"], form.cleaned_data["smtp_port"]) == ("smtp.acme.example", 587)
    assert form.smtp_notes == [
        "The host was read as smtp.acme.example.",
        "The port was set to 587, the usual one for TLS (STARTTLS).",
    ]
    # What cannot be used in the host field is no empty one.
    form = bind(manager, smtp_host="x\0", smtp_port="smtp.acme.example:25", smtp_password="x")
    assert codes(form)["smtp_host"] == ["control_characters"]


def test_empty_port_is_the_usual_one_and_that_is_said(manager: User) -> None:
    for bind_form in (bind, bind_test):
        form = bind_form(manager, smtp_port="", smtp_security="ssl", smtp_password="x")
        assert form.is_valid()
        assert form.cleaned_data["smtp_port"] == 465
        assert form.smtp_notes == ["The port was set to 465, the usual one for SSL."]


def test_port_that_came_empty_from_elsewhere_is_shown_as_the_25_that_it_means(manager: User) -> None:
    partner = make_partner(smtp_port=None)
    assert form_class()(instance=partner, for_user=manager)["smtp_port"].value() == 25
    form = bind(manager, partner, smtp_port="25")
    assert form.errors == {}
    assert form.save().smtp_port is None
    # Only what differs from it is another destination.
    assert codes(bind(manager, partner, smtp_port="")) == {"smtp_password": ["reenter_password"]}


def test_placeholder_of_the_port_is_the_usual_one_for_the_security_beside_it(manager: User) -> None:
    for security, usual in (("tls", "587"), ("ssl", "465"), ("none", "25"), ("x", "25")):
        assert f'placeholder="{usual}"' in str(bind(manager, smtp_security=security)["smtp_port"])
    new = form_class()(instance=get_partner_model()(), for_user=manager)
    assert new["smtp_security"].value() == "tls"
    assert 'placeholder="587"' in str(new["smtp_port"])


def test_plain_host_needs_no_note(manager: User) -> None:
    form = bind(manager, smtp_host="mail.example.com", smtp_password="x")
    assert form.is_valid()
    assert form.smtp_notes == []


def test_contradicting_ports_are_an_error_at_the_host(manager: User) -> None:
    form = bind(manager, smtp_host="mail.example.com:465", smtp_port="587", smtp_password="x")
    assert codes(form) == {"smtp_host": ["host_port_conflict"]}
    assert "465" in form.errors["smtp_host"][0]
    assert "587" in form.errors["smtp_host"][0]


@pytest.mark.parametrize("port", ["0", "-1", "65536", "65561", "25x", "2_5", "٢٥", "1e3", "25.0", "999999"])
def test_p11_impossible_port_is_an_error_at_the_port(manager: User, port: str) -> None:
    form = bind(manager, smtp_port=port, smtp_password="x")
    assert codes(form) == {"smtp_port": ["port_invalid"]}


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("mail.example.com:0", "port_invalid"),
        ("mail.example.com:65561", "port_invalid"),
        ("mail example com", "host_invalid"),
        ("ftp://mail.example.com", "host_invalid"),
        ("info@mail.example.com", "host_is_email"),
        ("587", "host_is_port"),
    ],
)
def test_p11_impossible_address_is_an_error_at_the_host(manager: User, host: str, code: str) -> None:
    assert codes(bind(manager, smtp_host=host, smtp_port="", smtp_password="x")) == {"smtp_host": [code]}


@pytest.mark.parametrize("character", ["\r", "\n", "\r\n", "\0"])
@pytest.mark.parametrize("name", ["smtp_host", "smtp_port", "smtp_login", "smtp_password", "smtp_email"])
@pytest.mark.parametrize("place", ["{}x", "x{}", "x{}y"])
def test_p31_line_breaks_and_nul_are_refused_everywhere(
    manager: User, name: str, character: str, place: str
) -> None:
    values: dict[str, Any] = {"smtp_password": "x"} | {name: place.format(character)}
    assert codes(bind(manager, **values))[name] == ["control_characters"]


@pytest.mark.parametrize("bind_form", [bind, bind_test])
@pytest.mark.parametrize(
    ("name", "limit"), [("smtp_login", 255), ("smtp_password", 4096), ("smtp_email", 254)]
)
def test_p16_what_is_too_long_is_an_error_at_its_field(
    manager: User, bind_form: Any, name: str, limit: int
) -> None:
    values = {"smtp_password": "x"} | {name: "a" * (limit + 1)}
    form = bind_form(manager, **values)
    assert codes(form) == {name: ["value_too_long"]}
    assert f"at most {limit} characters" in form.errors[name][0]
    fits = {"smtp_password": "x"} | {name: "a" * (limit - 7) + "@b.test"}
    assert codes(bind_form(manager, **fits)) == {}


@pytest.mark.parametrize("email", ["user", "user@", "a b@example.com", "<user@>", "a@b, c@d"])
def test_p31_impossible_sender_is_an_error_at_the_email(manager: User, email: str) -> None:
    assert codes(bind(manager, smtp_email=email, smtp_password="x")) == {"smtp_email": ["email_invalid"]}


@pytest.mark.parametrize("bind_form", [bind, bind_test])
def test_impossible_sender_does_not_hide_a_missing_password(manager: User, bind_form: Any) -> None:
    form = bind_form(manager, smtp_email="x", smtp_password="")
    assert codes(form) == {"smtp_email": ["email_invalid"], "smtp_password": ["password_missing"]}


@pytest.mark.parametrize("email", ['"odd user"@example.com', "to@[192.0.2.1]", "zoë@straße.example"])
def test_every_sender_that_mail_can_have_is_taken(manager: User, email: str) -> None:
    form = bind(manager, smtp_email=email, smtp_password="x")
    assert codes(form) == {}
    assert form.cleaned_data["smtp_email"] == email


@pytest.mark.parametrize("bind_form", [bind, bind_test])
@pytest.mark.parametrize("character", ["\u200b", "\u2060", "\ufeff", "\u202a"])
@pytest.mark.parametrize(
    ("name", "value", "label"),
    [
        ("smtp_host", "mail.example.com", "SMTP Host"),
        ("smtp_login", "billing", "SMTP Login"),
        ("smtp_email", "billing@example.com", "SMTP Email"),
    ],
)
def test_invisible_characters_of_a_pasted_value_are_taken_out_and_told_of(
    manager: User, bind_form: Any, character: str, name: str, value: str, label: str
) -> None:
    pasted = f"{character}{value[:4]}{character}{value[4:]} {character}"
    form = bind_form(manager, **{"smtp_password": f"p{character}w", name: pasted})
    assert codes(form) == {}
    assert form.cleaned_data[name] == value
    assert form.cleaned_data["smtp_password"] == f"p{character}w"
    assert f"Invisible characters were removed from {label}." in form.smtp_notes


@pytest.mark.parametrize("security", ["", "starttls", "NONE"])
def test_unknown_security_is_an_error_at_the_security(manager: User, security: str) -> None:
    form = bind(manager, smtp_security=security, smtp_password="x")
    assert codes(form) == {"smtp_security": ["security_invalid"]}


def test_what_was_typed_is_kept_except_the_password(manager: User) -> None:
    typed: dict[str, Any] = {
        "smtp_host": "ssl://mail.example.com:465",
        "smtp_port": "25x",
        "smtp_login": "me",
        "smtp_email": "x",
    }
    form = bind(manager, **typed, smtp_password="typed-secret")
    assert not form.is_valid()
    html = form.as_p()
    for text in typed.values():
        assert f'value="{text}"' in html
    assert "typed-secret" not in html
    assert form.typed_password_is_lost


# The password


def test_typed_password_is_stored(manager: User) -> None:
    form = bind(manager, smtp_password="  new pässword ")
    assert form.errors == {}
    assert form.smtp_notes == [
        "The password begins or ends with a space. Remove it if it was only copied by mistake."
    ]
    saved = read_again(form.save())
    assert saved.smtp_settings().password == "  new pässword "


def test_blank_password_keeps_the_stored_one(manager: User) -> None:
    partner = make_partner()
    bind(manager, partner, name="Renamed").save()
    assert read_again(partner).smtp_settings().password == PASSWORD


def test_remove_box_removes_the_password_with_its_login(manager: User) -> None:
    partner = make_partner()
    form = bind(manager, partner, smtp_password_remove="on", smtp_login="")
    assert form.errors == {}
    form.save()
    assert not read_again(partner).has_smtp_password


def test_removing_only_the_password_leaves_a_login_without_one(manager: User) -> None:
    form = bind(manager, make_partner(), smtp_password_remove="on")
    assert codes(form) == {"smtp_password": ["password_missing"]}


def test_typed_password_wins_over_the_remove_box(manager: User) -> None:
    partner = make_partner()
    bind(manager, partner, smtp_password_remove="on", smtp_password="typed").save()
    assert read_again(partner).smtp_settings().password == "typed"


def test_removed_login_takes_its_password_along(manager: User) -> None:
    partner = make_partner()
    form = bind(manager, partner, smtp_login="")
    form.save()
    assert not read_again(partner).has_smtp_password
    assert form.smtp_notes == ["A password is only kept together with a login."]


def test_remove_box_is_only_there_if_there_is_something_to_remove(manager: User) -> None:
    assert "smtp_password_remove" in bind(manager, make_partner()).fields
    assert "smtp_password_remove" not in bind(manager).fields


def test_login_without_a_password_is_an_error_at_the_password(manager: User) -> None:
    assert codes(bind(manager)) == {"smtp_password": ["password_missing"]}


def test_login_without_a_host_is_an_error_at_the_host(manager: User) -> None:
    assert codes(bind(manager, smtp_host="", smtp_password="x")) == {"smtp_host": ["host_missing"]}


def test_partner_without_an_account_can_be_saved(manager: User) -> None:
    form = bind(manager, smtp_host="", smtp_port="", smtp_login="", smtp_email="")
    assert form.errors == {}


@pytest.mark.parametrize(
    "change",
    [
        {"smtp_host": "evil.example"},
        {"smtp_host": "evil.example:587"},
        {"smtp_port": "25"},
        {"smtp_login": "somebody"},
        {"smtp_login": "USER"},
        {"smtp_security": "none"},
        {"smtp_security": "ssl"},
    ],
)
def test_p02_changed_destination_asks_for_the_password_again(manager: User, change: dict[str, Any]) -> None:
    partner = make_partner()
    form = bind(manager, partner, **change)
    assert codes(form) == {"smtp_password": ["reenter_password"]}
    assert read_again(partner).smtp_settings().password == PASSWORD


def test_p02_changed_destination_with_a_typed_password_is_saved(manager: User) -> None:
    partner = make_partner()
    form = bind(manager, partner, smtp_host="other.example", smtp_password="typed")
    assert form.errors == {}
    form.save()
    assert read_again(partner).smtp_settings().password == "typed"


@pytest.mark.parametrize(
    ("stored", "change"),
    [
        ({}, {"smtp_host": "LOCALHOST."}),
        ({}, {"smtp_host": " localhost "}),
        ({}, {"smtp_host": "tls://localhost:587"}),
        ({}, {"smtp_port": ""}),
        ({"smtp_port": None}, {"smtp_port": "25"}),
        ({"smtp_port": 25, "smtp_security": "none"}, {"smtp_port": ""}),
        ({"smtp_host": "bücher.example"}, {"smtp_host": "xn--bcher-kva.example"}),
        ({"smtp_host": "::1"}, {"smtp_host": "[0:0:0:0:0:0:0:1]"}),
    ],
)
def test_p01_equal_destination_keeps_the_password(
    manager: User, stored: dict[str, Any], change: dict[str, Any]
) -> None:
    partner = make_partner(**stored)
    form = bind(manager, partner, **change)
    assert form.errors == {}
    form.save()
    assert read_again(partner).smtp_settings().password == PASSWORD


def test_changed_email_keeps_the_password(manager: User) -> None:
    partner = make_partner()
    bind(manager, partner, smtp_email="other@example.com").save()
    assert read_again(partner).smtp_settings().password == PASSWORD


# A stored password that cannot be read


@pytest.fixture
def unreadable(settings: Any) -> AbstractPartner:
    settings.PARTNER_SMTP_KEYS = ["the old key"]
    partner = make_partner()
    settings.PARTNER_SMTP_KEYS = ["another key"]
    return partner


def test_p37_form_says_that_the_password_cannot_be_read(manager: User, unreadable: AbstractPartner) -> None:
    form = bind(manager, unreadable)
    assert "can no longer be read" in str(form.fields["smtp_password"].help_text)


def test_p37_other_tabs_can_be_saved_with_an_unreadable_password(
    manager: User, unreadable: AbstractPartner
) -> None:
    sealed = unreadable.smtp_password_encrypted
    form = bind(manager, unreadable, name="Renamed")
    assert form.errors == {}
    form.save()
    assert read_again(unreadable).name == "Renamed"
    assert read_again(unreadable).smtp_password_encrypted == sealed


def test_p37_changed_account_with_an_unreadable_password_asks_for_it(
    manager: User, unreadable: AbstractPartner
) -> None:
    form = bind(manager, unreadable, smtp_email="other@example.com")
    assert codes(form) == {"smtp_password": ["password_unreadable"]}


def test_p37_unreadable_password_is_replaced_by_a_typed_one(
    manager: User, unreadable: AbstractPartner
) -> None:
    bind(manager, unreadable, smtp_password="typed").save()
    assert read_again(unreadable).smtp_settings().password == "typed"


def test_incomplete_account_does_not_keep_anybody_from_the_other_tabs(manager: User) -> None:
    partner = make_partner(password="")
    assert bind(manager, partner, name="Renamed").errors == {}
    assert codes(bind(manager, partner, smtp_email="a@example.com")) == {
        "smtp_password": ["password_missing"]
    }


# What is tested


def test_p01_blank_password_stands_for_the_stored_one(manager: User) -> None:
    form = bind_test(manager, make_partner())
    assert form.errors == {}
    settings = form.smtp_settings()
    assert settings.password == PASSWORD
    assert not settings.password_typed


def test_typed_password_is_told_from_a_stored_one(manager: User) -> None:
    form = bind_test(manager, make_partner(), smtp_host="other.example", smtp_password="typed")
    assert form.errors == {}
    settings = form.smtp_settings()
    assert settings == SMTPSettings(
        host="other.example",
        port=587,
        login="user",
        password="typed",
        email="user@example.com",
        security=Security.TLS,
        password_typed=True,
    )


@pytest.mark.parametrize("name", ["smtp_host", "smtp_port", "smtp_login", "smtp_security"])
def test_p01_test_of_a_changed_destination_asks_for_the_password(manager: User, name: str) -> None:
    other = {"smtp_host": "evil.example", "smtp_port": 25, "smtp_login": "somebody", "smtp_security": "none"}
    form = bind_test(manager, make_partner(), **{name: other[name]})
    assert codes(form) == {"smtp_password": ["reenter_password"]}


def test_p24_certificates_are_those_of_the_same_server_whoever_logs_in(manager: User) -> None:
    partner = make_partner()
    assert partner.trust_smtp_certificate("a" * 64)
    type(partner)._default_manager.update(smtp_known_certificate="b" * 64)
    partner = read_again(partner)
    for changes in ({}, {"smtp_login": "somebody", "smtp_password": "x"}):
        same = bind_test(manager, partner, **changes)
        assert same.errors == {}
        assert same.smtp_settings().pinned_certificate == "a" * 64
        assert same.smtp_settings().known_certificate == "b" * 64
    moved = bind_test(manager, partner, smtp_host="other.example", smtp_password="x")
    assert moved.errors == {}
    assert moved.smtp_settings().pinned_certificate == ""
    assert moved.smtp_settings().known_certificate == ""


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"smtp_host": ""}, {"smtp_host": ["host_missing"]}),
        ({"smtp_password_remove": "on"}, {"smtp_password": ["password_missing"]}),
    ],
)
def test_p05_testing_asks_for_more_than_saving(
    manager: User, changes: dict[str, str], error: dict[str, list[str]]
) -> None:
    partner = make_partner(smtp_login="" if "smtp_host" in changes else "user")
    assert codes(bind_test(manager, partner, **changes)) == error


def test_p37_test_with_an_unreadable_password_asks_for_it(manager: User, unreadable: AbstractPartner) -> None:
    assert codes(bind_test(manager, unreadable)) == {"smtp_password": ["password_unreadable"]}


def test_testing_does_not_touch_the_instance(manager: User) -> None:
    partner = make_partner()
    form = bind_test(manager, partner, smtp_host="other.example", smtp_password="x")
    assert form.errors == {}
    assert partner.smtp_host == "localhost"


# The sender


@pytest.mark.parametrize(
    ("typed", "email", "name"),
    [
        ("Acme <billing@acme.example>", "billing@acme.example", "Acme"),
        ('"Acme, Billing" <billing@acme.example>', "billing@acme.example", "Acme, Billing"),
        ("=?utf-8?q?B=C3=BCro?= <billing@acme.example>", "billing@acme.example", "Büro"),
        (" <billing@acme.example> ", "billing@acme.example", "Before"),
        ("billing@acme.example (Acme)", "billing@acme.example", "Acme"),
        ("billing@acme.example", "billing@acme.example", "Before"),
    ],
)
def test_a_pasted_mailbox_is_split_into_name_and_address(
    manager: User, typed: str, email: str, name: str
) -> None:
    form = bind(manager, make_partner(), smtp_email=typed, smtp_sender_name="Before")
    assert form.errors == {}, form.errors
    saved = read_again(form.save())
    assert (saved.smtp_email, saved.smtp_sender_name) == (email, name)
    said = " ".join(form.smtp_notes)
    assert (f"read as {email}" in said) is (typed != email)
    assert (f"set to {name}" in said) is (name != "Before")


def test_a_pasted_reply_to_is_its_address_alone(manager: User) -> None:
    form = bind(manager, smtp_reply_to="Desk <desk@acme.example>", smtp_password=PASSWORD)
    saved = read_again(form.save())
    assert (saved.smtp_reply_to, saved.smtp_sender_name) == ("desk@acme.example", "")


@pytest.mark.parametrize(
    ("name", "typed", "code"),
    [
        ("smtp_email", "ann@a.example, Acme <billing@acme.example>", "email_invalid"),
        ("smtp_email", "Acme <billing>", "email_invalid"),
        ("smtp_sender_name", "Acme\r\nBcc: eve@evil.example", "control_characters"),
        ("smtp_reply_to", "desk@acme.example\r\n", "control_characters"),
    ],
)
def test_a_sender_that_no_header_may_hold_is_refused(manager: User, name: str, typed: str, code: str) -> None:
    values: dict[str, Any] = {name: typed}
    assert codes(bind(manager, smtp_password=PASSWORD, **values)) == {name: [code]}


def test_two_addresses_for_answers_are_refused(manager: User) -> None:
    form = bind(manager, smtp_password=PASSWORD, smtp_reply_to="a@acme.example, b@acme.example")
    assert list(form.errors) == ["smtp_reply_to"]


def test_the_connection_test_asks_for_no_sender(manager: User) -> None:
    partner = make_partner()
    form = bind_test(manager, partner, smtp_reply_to="nonsense", smtp_sender_name="x\n")
    assert form.errors == {}
    pasted = bind_test(manager, partner, smtp_email="Acme <user@example.com>")
    assert pasted.errors == {}
    assert pasted.smtp_settings().email == "user@example.com"


def test_a_pasted_name_is_kept_where_the_form_has_no_field_for_it(manager: User) -> None:
    fields = ["name", "slug", *ACCOUNT]
    form = get_form_for_model(get_partner_model(), SMTPAccountFormMixin, fields=fields)(
        values_of(smtp_email="Acme <user@example.com>", smtp_password=PASSWORD),
        instance=get_partner_model()(),
        for_user=manager,
    )
    assert read_again(form.save()).smtp_sender_name == "Acme"
