"""The authentication method as a part of the SMTP tab's form, with its fields for OAuth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from wagtail.admin.forms import WagtailAdminModelForm

from ...account import oauth_values, saving
from ...account.columns import SMTPAuth
from ...account.oauth_values import OAUTH_COLUMNS
from ...account.row import SMTPAccount
from ...account.stored import METHOD_COLUMNS, StoredAccount
from ...smtp.errors import Code
from ...smtp.settings import Destination, PastRefusal, SMTPSettings
from . import fields, oauth_input
from .messages import oauth_secret_help, problem
from .oauth_input import PROVIDER, SECRET, SECRET_REMOVE

_NEVER_EMPTY = ("smtp_auth", "smtp_oauth_grant")

METHOD_FIELDS = (*METHOD_COLUMNS, SECRET, SECRET_REMOVE)


class MethodFormMixin(WagtailAdminModelForm):
    """Understands and checks how the account logs in.

    Which fields count depends on method, provider and grant. Others are neither checked nor kept, except that an
    account with a password keeps what it has for OAuth. What a request leaves out stays as it is stored.
    """

    smtp_auth = fields.auth_field()
    smtp_oauth_provider = fields.oauth_provider_field()
    smtp_oauth_grant = fields.oauth_grant_field()
    smtp_oauth_tenant = fields.oauth_tenant_field()
    smtp_oauth_client_id = fields.oauth_client_id_field()
    smtp_oauth_secret = fields.oauth_secret_field()
    smtp_oauth_secret_remove = fields.oauth_secret_remove_field()
    smtp_oauth_authorization_endpoint = fields.oauth_authorization_endpoint_field()
    smtp_oauth_token_endpoint = fields.oauth_token_endpoint_field()
    smtp_oauth_scopes = fields.oauth_scopes_field()

    testing: bool
    stored: StoredAccount
    smtp_notes: list[str]
    new_secrets: list[str]

    @property
    def uses_oauth(self) -> bool:
        """Whether the method that was typed is OAuth."""
        return bool(self.cleaned_data.get("smtp_auth") == SMTPAuth.OAUTH)

    def _describe_method(self) -> None:
        """Offer what is possible here, and what is stored even if it is not."""
        offered = {name: each.label for name, each in oauth_input.offered().items()}
        stored = self.stored.method
        if (name := stored[PROVIDER]) and name not in offered:
            offered[name] = _("%(name)s (no longer known to this site)") % {"name": name}
        if not offered and stored["smtp_auth"] != SMTPAuth.OAUTH:
            for each in METHOD_FIELDS:
                self.fields.pop(each, None)
            return
        if PROVIDER in self.fields:
            self.fields[PROVIDER].choices = [("", _("Choose…")), *offered.items()]
        if SECRET in self.fields:
            self.fields[SECRET].help_text = oauth_secret_help(self.stored)
        if not self.stored.has_oauth_secret:
            self.fields.pop(SECRET_REMOVE, None)

    def _post_clean(self) -> None:
        # Django asks each value's field whether it was sent, also where there is none.
        names = self.cleaned_data.keys() & set(METHOD_COLUMNS) - self.fields.keys()
        unseen = {name: self.cleaned_data.pop(name) for name in names}
        super()._post_clean()
        self.cleaned_data.update(unseen)

    def _take_over_method(self) -> None:
        """What was not sent, or cannot count, becomes what it is to be."""
        data, stored = self.cleaned_data, self.stored.method
        for name in METHOD_COLUMNS:
            field = self.fields.get(name)
            is_sent = field is not None and not field.widget.value_omitted_from_data(
                self.data, self.files, self.add_prefix(name)
            )
            if not self.has_error(name) and not (is_sent and (data[name] or name not in _NEVER_EMPTY)):
                data[name] = stored[name]
        if any(self.has_error(name) for name in METHOD_COLUMNS):
            return
        if self.uses_oauth:
            data.update(oauth_input.as_stored({name: data[name] for name in OAUTH_COLUMNS}))
        else:
            data.update({name: stored[name] for name in OAUTH_COLUMNS})

    def _take_mail_server(self) -> None:
        """An empty host becomes the provider's."""
        data = self.cleaned_data
        if not self.uses_oauth or data.get("smtp_host") or self.has_error("smtp_host"):
            return
        for name, value in oauth_input.mail_server(data.get(PROVIDER, "")).items():
            if name != "smtp_port" or data.get(name) is None:
                data[name] = value
        if data.get("smtp_host"):
            self.smtp_notes.append(
                _("The host was set to %(host)s, the provider's mail server.") % {"host": data["smtp_host"]}
            )

    def _check_oauth(self) -> None:
        """For values that are right in themselves; what is unchanged keeps nobody from saving the other tabs."""
        data = self.cleaned_data
        if data.get("smtp_password"):
            self.smtp_notes.append(_("With OAuth 2.0 no password is used, so it was not kept."))
        if self._is_oauth_unchanged() and not self.testing:
            return
        if not data["smtp_login"]:
            self.add_error("smtp_login", problem(Code.LOGIN_MISSING))
        method = {name: data[name] for name in OAUTH_COLUMNS} | {"smtp_security": data["smtp_security"]}
        for name, code in oauth_values.errors(method):
            self.add_error(name, problem(code))
        if not data[PROVIDER]:
            self.add_error(PROVIDER, problem(Code.OAUTH_PROVIDER_MISSING))
        elif not any(map(self.has_error, (*METHOD_FIELDS, "smtp_login", "smtp_security"))):
            self._check_provider()

    def _check_provider(self) -> None:
        if error := oauth_input.error_of(self._typed_account()):
            self._refuse_account(error.code, error.facts)

    def _is_oauth_unchanged(self) -> bool:
        data = self.cleaned_data
        is_touched = data.get(SECRET) or data.get(SECRET_REMOVE)
        is_same = {name: str(data[name]) for name in METHOD_COLUMNS} == self.stored.method
        return is_same and not is_touched and self._account_values() == self.stored.values

    def _refuse_account(self, code: Code, facts: Mapping[str, Any]) -> None:
        name = f"smtp_{facts.get('field', PROVIDER.removeprefix('smtp_'))}"
        if name == SECRET and code is Code.OAUTH_SECRET_MISSING:
            # It was left behind, since it is for something else.
            is_kept = self.stored.has_oauth_secret and not self.cleaned_data.get(SECRET_REMOVE)
            code = Code.REENTER_OAUTH_SECRET if is_kept else code
        known = {"host": self.cleaned_data.get("smtp_host", ""), **facts}
        self.add_error(name if name in self.fields else None, problem(code, **known))

    @sensitive_variables("secret")
    def _typed_account(self) -> SMTPAccount:
        """What was typed as an account that is not saved, with as much of what is sealed as is for the same."""
        data, secret = self.cleaned_data, None
        columns = {f"smtp_{name}": value for name, value in self._account_values().items()}
        columns |= {name: data[name] for name in METHOD_COLUMNS}
        counts = oauth_input.counting(data[PROVIDER], data[oauth_input.GRANT])
        if SECRET not in counts or data.get(SECRET_REMOVE):
            secret = ""
        if SECRET in counts and data.get(SECRET):
            secret = data[SECRET]
        account: SMTPAccount = self.instance.with_smtp_values(columns, secret=secret)
        return account

    def _oauth_settings(self) -> SMTPSettings:
        """What is to be tested. Raises ``SettingsError``."""
        is_same = self._destination() == self.stored.destination
        seen = self.stored if self._is_same_server() else StoredAccount()
        return replace(
            self._typed_account().smtp_settings(),
            pinned_certificate=seen.pinned_certificate,
            known_certificate=seen.known_certificate,
            relay_proven=is_same and self.stored.relay_proven,
            past_refusal=self._past_refusal(),
        )

    def _past_refusal(self) -> PastRefusal | None:
        """It is about the account as it was: another one may fare better."""
        data = self.cleaned_data
        is_same = self._account_values() == self.stored.values
        is_same = is_same and {name: str(data[name]) for name in METHOD_COLUMNS} == self.stored.method
        has_new_secret = bool(data.get("smtp_password") or data.get(SECRET))
        return self.stored.past_refusal if is_same and not has_new_secret else None

    def _apply_oauth_secret(self) -> None:
        data = self.cleaned_data
        if not self.uses_oauth:
            if data.get(SECRET):
                self.smtp_notes.append(_("A client secret is only kept together with OAuth 2.0."))
            return
        counts = SECRET in oauth_input.counting(data[PROVIDER], data[oauth_input.GRANT])
        if counts and data.get(SECRET):
            self.instance.set_smtp_oauth_secret(data[SECRET])
            self.new_secrets.append(SECRET)
        elif self.stored.has_oauth_secret and not (counts and self._keeps_oauth_secret()):
            self.instance.clear_smtp_oauth_secret()

    def _keeps_oauth_secret(self) -> bool:
        is_same = self._destination() == self.stored.destination
        is_same = is_same and saving.oauth_target(self.cleaned_data) == self.stored.oauth_target
        return is_same and not self.cleaned_data.get(SECRET_REMOVE)

    def _account_values(self) -> dict[str, Any]:
        """The typed values besides the method, named as in ``SMTPSettings``."""
        raise NotImplementedError

    def _is_same_server(self) -> bool:
        """Whether what is known of a certificate is of the server that was typed, whoever logs in there."""
        typed, stored = self._destination(), self.stored.destination
        return typed is not None and stored is not None and typed.server == stored.server

    def _destination(self) -> Destination | None:
        raise NotImplementedError
