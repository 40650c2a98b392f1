"""The panels of a partner: its name, and the SMTP tab with its fields and the connection test."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib.admin.utils import quote
from django.forms import Media
from django.urls import reverse
from django.utils.functional import cached_property
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    MultiFieldPanel,
    Panel,
    PanelGroup,
    TitleFieldPanel,
)
from wagtail.admin.widgets.slug import SlugInput

from .account.columns import OAuthGrant, SMTPAuth, SMTPStatus
from .admin.assets import (
    CLEARTEXT_WARNING,
    CONNECT,
    DOMAIN_CHECK,
    METHOD,
    OUTGOING_STYLES,
    PASSWORD,
    PORT_NOTE,
    READ_SERVER,
    REPORT_STYLES,
    SENDER_NOTE,
    SETUP_HELP,
    STYLES,
    TEST_CONNECTION,
)
from .admin.badges import Badge, badge_for, partner_badge
from .admin.lists import trouble
from .admin.mail_summary import MailSummary, summary_for
from .admin.oauth import words as oauth_words
from .admin.oauth.callback import PANEL_ID, callback_url
from .admin.oauth.standing import Standing, standing
from .admin.outgoing.latest import latest
from .admin.tab import email_turns, method_choices, usual_ports
from .admin.tab.strings import (
    ACCOUNT_HEADING,
    NAME_TAKEN,
    PORT_FILLED_IN,
    SERVER_FILLED_IN,
    TEST_HEADING,
    domain_strings,
    fill_strings,
    find_strings,
    interface_strings,
    password_strings,
    saved_for,
)
from .connection_test.email import own_address
from .diagnosis.certificate import colons
from .discovery.providers import PROVIDERS, Provider
from .oauth import consent
from .smtp.settings import Security


def partner_panels() -> list[Panel]:
    """The panels of what ``AbstractPartner`` has besides the account: name, slug and whether it is active."""
    # The column takes no other letters than ASCII; those of a name are transliterated.
    slug = SlugInput(attrs={"data-w-slug-allow-unicode-value": "false"})
    return [NamePanel("name"), FieldPanel("slug", widget=slug), FieldPanel("active")]


def smtp_panels() -> list[Panel]:
    """The panels of the SMTP tab, for any model whose viewset has ``SMTPAccountViewSetMixin``."""
    account = [
        SetupHelpPanel(),
        FieldRowPanel([NeededFieldPanel("smtp_host"), FieldPanel("smtp_port")]),
        ReadServerPanel(),
        PortNotePanel(),
        FieldPanel("smtp_auth"),
        MethodPanel(),
        FieldRowPanel(
            [
                FieldPanel("smtp_login"),
                StackPanel([FieldPanel("smtp_password"), FieldPanel("smtp_password_remove")]),
            ]
        ),
        PasswordPanel(),
        FieldRowPanel([FieldPanel("smtp_oauth_provider"), FieldPanel("smtp_oauth_grant")]),
        FieldRowPanel(
            [FieldPanel("smtp_oauth_authorization_endpoint"), FieldPanel("smtp_oauth_token_endpoint")]
        ),
        FieldPanel("smtp_oauth_scopes"),
        FieldRowPanel([FieldPanel("smtp_oauth_tenant"), FieldPanel("smtp_oauth_client_id")]),
        FieldPanel("smtp_oauth_secret"),
        FieldPanel("smtp_oauth_secret_remove"),
        FieldRowPanel([NeededFieldPanel("smtp_email"), FieldPanel("smtp_security")]),
        FieldRowPanel([FieldPanel("smtp_sender_name"), FieldPanel("smtp_reply_to")]),
        SenderNotePanel(),
        DomainCheckPanel(),
        CleartextWarningPanel(),
        OAuthConnectionPanel(),
    ]
    return [
        MultiFieldPanel(account, heading=ACCOUNT_HEADING, icon="cog"),
        ConnectionTestPanel(heading=TEST_HEADING, icon="mail"),
    ]


def outgoing_mail_panels() -> list[Panel]:
    """The panels of the tab *Outgoing mail*, for any model whose viewset has ``SMTPAccountViewSetMixin``."""
    return [OutgoingMailPanel()]


class NamePanel(TitleFieldPanel):
    """Fills in the slug of a new partner from its name, until somebody types one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"classname": "", "placeholder": False, **kwargs})

    class BoundPanel(TitleFieldPanel.BoundPanel):
        def get_should_apply(self) -> bool:
            # Code and commands may use a saved slug, and what came back with errors was typed already.
            return bool(self.instance._state.adding) and not self.form.is_bound


class NeededFieldPanel(FieldPanel):
    """Marked as required, since nothing can be sent without it; a beginning may be saved all the same."""

    class BoundPanel(FieldPanel.BoundPanel):
        def is_required(self) -> bool:
            return self.bound_field is not None


class StackPanel(PanelGroup):
    """Panels below each other at one place of a row."""

    class BoundPanel(PanelGroup.BoundPanel):
        template_name = "wagtail_partner_smtp/tab/stack.html"


class AccountBoundPanel(Panel.BoundPanel):
    """Shown exactly when the form has the account's fields: the form checks the permission."""

    def is_shown(self) -> bool:
        return bool(getattr(self.form, "manages_smtp", False))

    @property
    def is_saved(self) -> bool:
        """Whether the page is about a stored partner; a copy is not, although it shows the original."""
        match = self.request.resolver_match
        return not self.instance._state.adding and not (match and match.url_name == "copy")

    def url(self, name: str) -> str:
        """An endpoint for the partner of the page, or the one for partners that are not saved yet."""
        viewset = self.panel.model.snippet_viewset
        if self.is_saved:
            return reverse(viewset.get_url_name(name), args=[quote(self.instance.pk)])
        return reverse(viewset.get_url_name(f"{name}_new"))


class OutgoingMailPanel(Panel):
    """How the partner's queued mail does, and its latest messages; for those who may see it."""

    class BoundPanel(AccountBoundPanel):
        template_name = "wagtail_partner_smtp/outgoing/panel.html"

        def is_shown(self) -> bool:
            return self.is_saved and self.summary is not None

        @cached_property
        def summary(self) -> MailSummary | None:
            return summary_for(self.request.user, self.instance)

        @property
        def media(self) -> Media:
            return Media(css={"all": [STYLES, OUTGOING_STYLES]})

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            return context | {
                "summary": self.summary,
                "messages": latest(self.instance),
                "resume_next": self.request.path,
            }


class SetupHelpPanel(Panel):
    """Fills the fields in for those who do not know the settings: by provider, or by looking for them."""

    class BoundPanel(AccountBoundPanel):
        template_name = "wagtail_partner_smtp/tab/setup_help.html"

        @property
        def media(self) -> Media:
            return Media(js=list(SETUP_HELP), css={"all": [STYLES]})

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            return context | {
                "providers": PROVIDERS,
                "presets": json.dumps({provider.key: _preset(provider) for provider in PROVIDERS}),
                "fill_strings": json.dumps(fill_strings()),
                "find_strings": json.dumps(find_strings()),
                "find_url": self.url("find_settings"),
            }


def _preset(provider: Provider) -> dict[str, Any]:
    values = {
        "smtp_host": provider.host,
        "smtp_port": provider.port,
        "smtp_security": provider.security.value,
    }
    login = {"smtp_login": provider.login} if provider.login else {}
    method = method_choices.method_for(provider)
    return {
        "name": provider.name,
        "hint": method_choices.hint_for(provider),
        "values": values | login | method,
    }


class ReadServerPanel(Panel):
    """Splits a pasted host or port into the fields that it contains values of."""

    class BoundPanel(AccountBoundPanel):
        template_name = "wagtail_partner_smtp/tab/read_server.html"

        @property
        def media(self) -> Media:
            return Media(js=list(READ_SERVER), css={"all": [STYLES]})

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            return context | {"read_url": self.url("read_server"), "strings": json.dumps(find_strings())}


class PasswordPanel(Panel):
    """Helps to type the password: shows it, and says if the saved one cannot be used or if a space was copied
    along."""

    class BoundPanel(AccountBoundPanel):
        template_name = "wagtail_partner_smtp/tab/password.html"

        @property
        def media(self) -> Media:
            return Media(js=list(PASSWORD), css={"all": [STYLES]})

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            stored = self.form.stored
            is_bound = self.is_saved and stored.has_password and stored.destination is not None
            return context | {
                "saved": json.dumps(saved_for(stored.destination) if is_bound else {}),
                "usual": json.dumps(dict(usual_ports.USUAL_PORTS)),
                "strings": json.dumps(password_strings()),
            }


class PortNotePanel(Panel):
    """Says beside the fields that a port does not go with the security, or that it was filled in."""

    class BoundPanel(AccountBoundPanel):
        template_name = "wagtail_partner_smtp/tab/port_note.html"

        @property
        def media(self) -> Media:
            return Media(js=[PORT_NOTE], css={"all": [STYLES]})

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            port, security = (self.form[name].value() for name in ("smtp_port", "smtp_security"))
            return context | {
                "note": usual_ports.mismatch(port, security),
                "is_typed": not self.form.port_was_empty,
                "usual": json.dumps(dict(usual_ports.USUAL_PORTS)),
                "mismatches": json.dumps(usual_ports.mismatches()),
                "filled": PORT_FILLED_IN,
            }


class SenderNotePanel(Panel):
    """Splits a pasted ``Acme <billing@acme.example>`` into name and address, and says so."""

    class BoundPanel(AccountBoundPanel):
        template_name = "wagtail_partner_smtp/tab/sender_note.html"

        @property
        def media(self) -> Media:
            return Media(js=[SENDER_NOTE], css={"all": [STYLES]})

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            return context | {"taken": NAME_TAKEN}


class DomainCheckPanel(Panel):
    """Shows what the DNS tells receivers about the SMTP Email's domain: SPF, DKIM and DMARC."""

    class BoundPanel(AccountBoundPanel):
        template_name = "wagtail_partner_smtp/tab/domain_check.html"

        @property
        def media(self) -> Media:
            return Media(js=list(DOMAIN_CHECK), css={"all": [STYLES]})

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            return context | {
                "check_url": self.url("check_domain"),
                "domain_strings": json.dumps(domain_strings()),
            }


class MethodPanel(Panel):
    """Has the fields shown that count for the authentication method, and offers to change it where it must be."""

    class BoundPanel(AccountBoundPanel):
        template_name = "wagtail_partner_smtp/tab/method.html"

        def is_shown(self) -> bool:
            return super().is_shown() and "smtp_auth" in self.form.fields

        @property
        def media(self) -> Media:
            return Media(js=list(METHOD), css={"all": [STYLES]})

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            return context | {
                "counting": json.dumps(method_choices.counting(self.form)),
                "servers": json.dumps(method_choices.servers()),
                "filled": SERVER_FILLED_IN,
                "offer": method_choices.offer(self.form),
            }


class CleartextWarningPanel(Panel):
    """Says beside the fields that without encryption a password is sent in clear text."""

    class BoundPanel(AccountBoundPanel):
        template_name = "wagtail_partner_smtp/tab/cleartext_warning.html"

        @property
        def media(self) -> Media:
            return Media(js=[CLEARTEXT_WARNING], css={"all": [STYLES]})

        def applies(self) -> bool:
            """Whether the warning shows before any script runs."""
            value = {name: self.form[name].value() for name in ("smtp_security", "smtp_login")}
            uses_oauth = "smtp_auth" in self.form.fields and self.form["smtp_auth"].value() == SMTPAuth.OAUTH
            return value["smtp_security"] == Security.NONE and bool(value["smtp_login"]) and not uses_oauth


class OAuthConnectionPanel(Panel):
    """Whose mailbox is connected to its provider, and the ways there and back."""

    class BoundPanel(AccountBoundPanel):
        template_name = "wagtail_partner_smtp/oauth/connection.html"

        def is_shown(self) -> bool:
            # Without the library for OAuth the form does not offer it.
            return super().is_shown() and "smtp_auth" in self.form.fields

        @property
        def media(self) -> Media:
            return Media(js=list(CONNECT), css={"all": [STYLES]})

        def applies(self) -> bool:
            """Whether it shows before any script runs."""
            value = {name: self.form[name].value() for name in ("smtp_auth", "smtp_oauth_grant")}
            return value == {"smtp_auth": SMTPAuth.OAUTH, "smtp_oauth_grant": OAuthGrant.CONSENT}

        @property
        def standing(self) -> Standing:
            return standing(self.instance if self.is_saved else self.panel.model())

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            redirect_uri = callback_url(self.request)
            return context | {
                "panel_id": PANEL_ID,
                "standing": self.standing,
                "connect_url": self.url("oauth_connect") if self.is_saved else "",
                "disconnect_url": self.url("oauth_disconnect") if self.is_saved else "",
                "page_host": consent.page_host(self.instance) if self.is_saved and self.applies() else "",
                "is_refused": self.form.is_bound,
                "redirect_uri": redirect_uri,
                "no_https": oauth_words.no_https(redirect_uri),
                "unsaved": oauth_words.UNSAVED,
                "strings": json.dumps(oauth_words.interface_strings()),
            }


class ConnectionTestPanel(Panel):
    """The button, and below it what the test found."""

    class BoundPanel(AccountBoundPanel):
        template_name = "wagtail_partner_smtp/tab/test_connection.html"

        @property
        def media(self) -> Media:
            return Media(js=list(TEST_CONNECTION), css={"all": [STYLES, REPORT_STYLES]})

        @property
        def badge(self) -> Badge:
            return partner_badge(self.instance) if self.is_saved else badge_for("untested")

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            uses_oauth = self.form.stored.method["smtp_auth"] == SMTPAuth.OAUTH
            return context | {
                "token": self.form["smtp_test_token"],
                "badge": self.badge,
                **self._found(),
                "test_url": self.url("test_connection"),
                "untrust_url": self.url("untrust_certificate") if self.is_saved else "",
                "pinned": colons(self.instance.smtp_trusted_certificate) if self.is_saved else "",
                "has_password": self.is_saved and self.form.stored.has_password,
                "has_secret": self.is_saved and self.form.stored.has_oauth_secret,
                "password_unreadable": self.is_saved and not uses_oauth and self.form.stored.unreadable,
                "secret_unreadable": self.is_saved
                and uses_oauth
                and self.form.stored.oauth_secret_unreadable,
                "is_refused": self.form.is_bound,
                "password_lost": self.form.typed_password_is_lost,
                "secret_lost": self.form.typed_oauth_secret_is_lost,
                "email": self._email(),
                "strings": json.dumps(interface_strings()),
            }

        def _found(self) -> dict[str, Any]:
            """What the badge's state was found by, when, and why mail cannot be sent."""
            account = self.instance
            if not self.is_saved:
                return {}
            tested_at, judged_at = account.smtp_tested_at, account.smtp_judged_at
            by_mail = judged_at is not None and (tested_at is None or judged_at > tested_at)
            found_at = judged_at if by_mail else tested_at
            # Mail that changes nothing leaves the time of the state alone.
            if by_mail and not account.smtp_failure and account.smtp_last_mail_at:
                found_at = max(found_at, account.smtp_last_mail_at)
            said_elsewhere = account.is_smtp_secret_unreadable or account.smtp_oauth_needs_consent
            why = "" if said_elsewhere else trouble.why(account)
            return {"found_by_mail": by_mail, "found_at": found_at, "why": why}

        def _email(self) -> dict[str, Any]:
            """What a test email could be sent with; it is offered where what is saved has passed its test."""
            changes_address = getattr(settings, "WAGTAIL_EMAIL_MANAGEMENT_ENABLED", True)
            is_ok = self.badge.status in (SMTPStatus.OK, SMTPStatus.UNPROVEN)
            is_refused = self.badge.status is SMTPStatus.FAILED and self.instance.smtp_past_refusal()
            offered = bool(is_ok or is_refused) and not self.form.is_bound
            return {
                "url": self.url("send_test_email") if self.is_saved else "",
                "offered": offered,
                "address": own_address(self.request.user),
                "wait": email_turns.wait(self.request.user) if offered else 0,
                "account_url": reverse("wagtailadmin_account") if changes_address else "",
            }

    def get_form_options(self) -> dict[str, Any]:
        return {"fields": ["smtp_test_token"]}
