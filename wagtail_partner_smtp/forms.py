"""The SMTP tab as a form: reads, checks and stores what was typed, and never shows a password again."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.forms import CharField, HiddenInput
from django.utils.translation import gettext as _

from .account.columns import SECURITY_CHOICES
from .account.lookup import partner_model
from .account.saving import FILLED_IN, defer
from .account.sender import SENDER_COLUMNS
from .account.stored import COLUMNS, METHOD_COLUMNS, StoredAccount
from .admin.tab import fields, usual_ports
from .admin.tab.messages import password_help, problem
from .admin.tab.method_form import METHOD_FIELDS, MethodFormMixin
from .admin.tab.strings import BLANK_AT_PASSWORD, PORT_FILLED_IN
from .admin.tab.typed_host import NotUnderstood, TypedServer, parse_host
from .connection_test import results
from .delivery import mailboxes
from .permissions import can_manage_smtp
from .smtp.errors import Code, SettingsError
from .smtp.names import PORT_RANGE, canonical_host, host_or_nothing, invisible_characters
from .smtp.settings import DEFAULT_PORT, Destination, Security, SMTPSettings, input_errors

SERVER_FIELDS = ("smtp_host", "smtp_port", "smtp_security")
DESTINATION_FIELDS = ("smtp_host", "smtp_port", "smtp_login", "smtp_security")
SMTP_FIELDS = tuple(
    dict.fromkeys(
        (
            *COLUMNS,
            *SENDER_COLUMNS,
            "smtp_password",
            "smtp_password_remove",
            *METHOD_FIELDS,
            "smtp_test_token",
        )
    )
)


class SMTPAccountFormMixin(MethodFormMixin):
    """Gives the form of any model with ``SMTPAccountMixin`` the SMTP fields.

    A user who may not manage the account gets a form without them: nothing is shown, and neither a crafted
    nor an ordinary request can write or empty them. ``smtp_notes`` are sentences about values that were read
    differently than typed, ``new_secrets`` the fields whose secrets ``save()`` has taken over.
    """

    smtp_host = fields.host_field()
    smtp_port = fields.port_field()
    smtp_login = fields.login_field()
    smtp_password = fields.password_field()
    smtp_password_remove = fields.password_remove_field()
    smtp_email = fields.email_field()
    smtp_sender_name = fields.sender_name_field()
    smtp_reply_to = fields.reply_to_field()
    smtp_security = fields.security_field()
    smtp_test_token = CharField(required=False, widget=HiddenInput)

    #: Whether the values are to be tested as they are, which asks for more than saving them.
    testing = False

    #: Whether a server with an empty port gets the usual one for its security; else it is 25.
    fills_in_port = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._forget_permissions_of_other_fields()
        super().__init__(*args, **kwargs)
        self.smtp_notes: list[str] = []
        self.new_secrets: list[str] = []
        self.manages_smtp = self._may_manage()
        self.stored = StoredAccount.of(self.instance)
        if self.manages_smtp:
            self._describe_password()
            self._describe_port()
            self._describe_method()
        else:
            self._remove_fields(SMTP_FIELDS)
            self._keep_slug()

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.manages_smtp:
            self._tell_of_invisible_characters()
            self._take_over_method()
            self._take_mail_server()
            self._take_server()
            self._take_addresses_apart()
            self._check_values()
            if not any(self.has_error(name) for name in (*DESTINATION_FIELDS, "smtp_password")):
                self._check_secret()
        return dict(self.cleaned_data)

    def save(self, commit: bool = True) -> Any:
        if self.manages_smtp and not self.errors:
            self._apply_secrets()
        elif not self.manages_smtp and not self.instance._state.adding:
            self._leave_account_alone()
        partner: Any = super().save(commit=commit)
        if self.manages_smtp and commit and (token := self.cleaned_data.get("smtp_test_token")):
            results.redeem(token, self.for_user, partner)
        return partner

    def smtp_settings(self) -> SMTPSettings:
        """What is to be tested: the typed values, and the stored password only for its own destination.

        For a form without errors. Raises ``SettingsError``, ``UnreadablePassword`` among them.
        """
        if self.uses_oauth:
            return self._oauth_settings()
        typed = self.cleaned_data["smtp_password"] if self.cleaned_data["smtp_login"] else ""
        kept = self.stored if self._destination() == self.stored.destination else StoredAccount()
        seen = self.stored if self._is_same_server() else StoredAccount()
        uses_stored = kept.has_password and not typed and not self.cleaned_data["smtp_password_remove"]
        return SMTPSettings(
            **self._account_values(),
            password=self.instance.smtp_password() if uses_stored else typed,
            password_typed=bool(typed),
            pinned_certificate=seen.pinned_certificate,
            known_certificate=seen.known_certificate,
            relay_proven=kept.relay_proven,
            past_refusal=self._past_refusal(),
        )

    @property
    def typed_password_is_lost(self) -> bool:
        """Whether the page that shows the errors cannot show the password that was typed."""
        return self._is_lost("smtp_password")

    @property
    def typed_oauth_secret_is_lost(self) -> bool:
        """The same of the client secret or key."""
        return self._is_lost("smtp_oauth_secret")

    def _is_lost(self, name: str) -> bool:
        return self.is_bound and bool(self.errors) and bool(self.data.get(self.add_prefix(name)))

    def _forget_permissions_of_other_fields(self) -> None:
        # Wagtail's API removes fields from the form class, but not from this map, and then fails on them.
        permissions = self._meta.field_permissions or {}
        self._meta.field_permissions = {k: v for k, v in permissions.items() if k in self.base_fields}

    def _may_manage(self) -> bool:
        if self.for_user is None:
            return False
        subject = type(self.instance) if self.instance._state.adding else self.instance
        return can_manage_smtp(self.for_user, subject)

    def _remove_fields(self, names: Collection[str]) -> None:
        for name in names:
            self.fields.pop(name, None)

    def _keep_slug(self) -> None:
        """Code chooses an account by its partner's slug: whoever takes that of another one gets its mail."""
        is_saved_partner = isinstance(self.instance, partner_model()) and not self.instance._state.adding
        if is_saved_partner and "slug" in self.fields:
            self.fields["slug"].disabled = True

    def _leave_account_alone(self) -> None:
        """Take nothing back that somebody has saved meanwhile."""
        is_kept = "slug" in self.fields and self.fields["slug"].disabled
        defer(self.instance, (*FILLED_IN, *SENDER_COLUMNS, *(["slug"] if is_kept else [])))

    def _describe_password(self) -> None:
        if "smtp_password" in self.fields:
            self.fields["smtp_password"].help_text = password_help(self.stored)
        if not self.stored.has_password:
            self._remove_fields(["smtp_password_remove"])

    def _describe_port(self) -> None:
        if self.port_was_empty:
            self.initial["smtp_port"] = DEFAULT_PORT
        if "smtp_port" in self.fields and "smtp_security" in self.fields:
            usual = usual_ports.usual_port(self["smtp_security"].value())
            self.fields["smtp_port"].widget.attrs["placeholder"] = str(usual)

    @property
    def port_was_empty(self) -> bool:
        """Whether the account came without a port from elsewhere than a form, which means 25."""
        return bool(self.stored.values.get("host")) and self.stored.values["port"] is None

    def _tell_of_invisible_characters(self) -> None:
        for name, field in self.fields.items():
            if isinstance(field, fields.PASTED) and invisible_characters(str(self[name].data or "")):
                self.smtp_notes.append(
                    _("Invisible characters were removed from %(field)s.") % {"field": field.label}
                )

    def _take_server(self) -> None:
        self._take_host_apart(self._take_port_apart())
        self._take_usual_port()

    def _take_port_apart(self) -> str:
        """Leave the bare number in the field; the host that stood beside it, or ""."""
        if self.has_error("smtp_port"):
            return ""
        text = str(self["smtp_port"].data or "").strip()
        typed: TypedServer = self.fields["smtp_port"].understood(text)
        if typed.port is not None and text != str(typed.port):
            self.smtp_notes.append(_("The port was read as %(port)s.") % {"port": typed.port})
        self._take_security(typed.security)
        return typed.host

    def _take_host_apart(self, beside_port: str) -> None:
        text = self.cleaned_data.get("smtp_host", "")
        try:
            typed = parse_host(text or ("" if self.has_error("smtp_host") else beside_port))
        except NotUnderstood as refused:
            self._refuse("smtp_host", refused.code)
            return
        port = self.cleaned_data.get("smtp_port")
        if typed.port is not None and typed.port not in PORT_RANGE:
            self._refuse("smtp_host", Code.PORT_INVALID)
        elif typed.port is not None and port is not None and typed.port != port:
            self._refuse("smtp_host", Code.HOST_PORT_CONFLICT, pasted=typed.port, port=port)
        elif beside_port and canonical_host(beside_port) != host_or_nothing(typed.host):
            self._refuse("smtp_port", Code.HOST_CONFLICT, pasted=beside_port, host=typed.host)
        else:
            self._take_over(text, typed)

    def _take_over(self, text: str, typed: TypedServer) -> None:
        data = self.cleaned_data
        data["smtp_host"] = typed.host
        if typed.host != text:
            self.smtp_notes.append(_("The host was read as %(host)s.") % {"host": typed.host})
        if typed.port is not None and data.get("smtp_port") is None:
            data["smtp_port"] = typed.port
            self.smtp_notes.append(
                _("The port was set to %(port)s, as in the pasted address.") % {"port": typed.port}
            )
        self._take_security(typed.security)

    def _take_security(self, security: Security | None) -> None:
        data = self.cleaned_data
        if security and security.value != data.get("smtp_security"):
            data["smtp_security"] = security.value
            self.smtp_notes.append(
                _("The security was set to %(security)s, as in the pasted address.")
                % {"security": dict(SECURITY_CHOICES)[security.value]}
            )

    def _take_addresses_apart(self) -> None:
        """``Acme <billing@acme.example>`` is a name and an address."""
        if name := self._take_address("smtp_email"):
            self._take_name(name)
        self._take_address("smtp_reply_to")

    def _take_address(self, field: str) -> str:
        """Leave the bare address in the field; the name that stood beside it, or ""."""
        text = self.cleaned_data.get(field, "")
        if not text.endswith((">", ")")):
            return ""
        try:
            mailbox = mailboxes.parse(text)
        except SettingsError:
            # That it is no address is said where all addresses are looked at.
            return ""
        self.cleaned_data[field] = mailbox.address
        facts = {"field": self.fields[field].label, "address": mailbox.address}
        self.smtp_notes.append(_("The %(field)s was read as %(address)s.") % facts)
        return mailbox.name

    def _take_name(self, name: str) -> None:
        if "smtp_sender_name" in self.fields and name != self.cleaned_data.get("smtp_sender_name"):
            # The instance as well: an edit handler of a site's own may not have the field.
            self.cleaned_data["smtp_sender_name"] = self.instance.smtp_sender_name = name
            self.smtp_notes.append(
                _("The sender name was set to %(name)s, as in the pasted address.") % {"name": name}
            )

    def _take_usual_port(self) -> None:
        """An empty port of a mail server becomes what the page shows in its place."""
        data = self.cleaned_data
        if not data.get("smtp_host") or any(map(self.has_error, ("smtp_host", "smtp_port", "smtp_security"))):
            return
        if data["smtp_port"] is None and self.fills_in_port:
            data["smtp_port"] = usual_ports.usual_port(data["smtp_security"])
            security = dict(SECURITY_CHOICES)[data["smtp_security"]]
            self.smtp_notes.append(str(PORT_FILLED_IN) % {"port": data["smtp_port"], "security": security})
        elif data["smtp_port"] == DEFAULT_PORT and self.port_was_empty:
            # It is the same, so nobody has changed it.
            data["smtp_port"] = None

    def _check_values(self) -> None:
        if any(self.has_error(name) for name in (*COLUMNS, "smtp_password")):
            return
        # The password has rules of its own, and an account without a host may be saved as a beginning.
        tolerated = {Code.PASSWORD_MISSING} | (set() if self._needs_host() else {Code.HOST_MISSING})
        for error in input_errors(SMTPSettings(**self._account_values())):
            if error.code not in tolerated:
                self._refuse(f"smtp_{error.field}", Code(error.code), **error.facts)

    def _needs_host(self) -> bool:
        return self.testing or bool(self.cleaned_data["smtp_login"]) or self.uses_oauth

    def _check_secret(self) -> None:
        if any(self.has_error(name) for name in METHOD_FIELDS):
            return
        if self.uses_oauth:
            self._check_oauth()
        else:
            self._check_password()

    def _check_password(self) -> None:
        if code := self._password_error():
            self._refuse("smtp_password", code)
        elif self._is_password_with_blank():
            self.smtp_notes.append(str(BLANK_AT_PASSWORD))
        elif not self.cleaned_data["smtp_login"] and self._any_password():
            self.smtp_notes.append(_("A password is only kept together with a login."))

    def _is_password_with_blank(self) -> bool:
        typed = str(self.cleaned_data.get("smtp_password", ""))
        return bool(self.cleaned_data["smtp_login"]) and typed != typed.strip()

    def _password_error(self) -> Code | None:
        data = self.cleaned_data
        if data.get("smtp_password") or not data["smtp_login"] or self._nothing_to_check():
            return None
        if not self.stored.has_password or data.get("smtp_password_remove"):
            return Code.PASSWORD_MISSING
        if self._destination() != self.stored.destination:
            return Code.REENTER_PASSWORD
        return Code.PASSWORD_UNREADABLE if self.stored.unreadable else None

    def _nothing_to_check(self) -> bool:
        """An account that was already incomplete must not keep anybody from saving the other tabs."""
        is_method = self.stored.method.get("smtp_auth") == self.cleaned_data["smtp_auth"]
        unchanged = (
            is_method
            and self._account_values() == self.stored.values
            and not self.cleaned_data.get("smtp_password_remove")
        )
        return unchanged and not self.testing

    def _any_password(self) -> bool:
        return bool(self.cleaned_data.get("smtp_password")) or self.stored.has_password

    def _apply_secrets(self) -> None:
        self._apply_oauth_secret()
        if not self.uses_oauth:
            self._apply_password()
        elif self.stored.has_password and self.cleaned_data.get("smtp_password_remove"):
            self.instance.clear_smtp_password()
        # Django leaves alone what a request does not name, also where it is not to stay.
        for name in METHOD_COLUMNS:
            setattr(self.instance, name, self.cleaned_data[name])

    def _apply_password(self) -> None:
        typed = self.cleaned_data.get("smtp_password", "")
        if typed and self.cleaned_data["smtp_login"]:
            self.instance.set_smtp_password(typed)
            self.new_secrets.append("smtp_password")
        elif self.stored.has_password and (
            self.cleaned_data.get("smtp_password_remove") or not self.cleaned_data["smtp_login"]
        ):
            self.instance.clear_smtp_password()

    def _account_values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "host": data["smtp_host"],
            "port": data["smtp_port"],
            "login": data["smtp_login"],
            "email": data.get("smtp_email", ""),  # not there if it is no address
            "security": Security(data["smtp_security"]),
        }

    def _destination(self) -> Destination | None:
        return SMTPSettings(**self._account_values()).destination if self.cleaned_data["smtp_host"] else None

    def _refuse(self, name: str, code: Code, **facts: object) -> None:
        self.add_error(name, problem(code, **facts))


class SMTPTestForm(SMTPAccountFormMixin):
    """The SMTP fields alone, for testing them: the rest of the page and the model are ignored."""

    testing = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._remove_fields(["smtp_test_token", *SENDER_COLUMNS])

    def _post_clean(self) -> None:
        # The instance keeps its stored values, to which its stored password is bound.
        pass


class SMTPServerForm(SMTPTestForm):
    """Host, port and security alone: what is understood of them as they are typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._remove_fields([name for name in self.fields if name not in SERVER_FIELDS])

    def clean(self) -> dict[str, Any]:
        self._tell_of_invisible_characters()
        self._take_server()
        return dict(self.cleaned_data)
