"""The SMTP tab: its fields, the warning about clear text, and the connection test."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib.admin.utils import quote
from django.forms import Media
from django.urls import reverse
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, Panel

from .account import SMTPStatus
from .admin.assets import CLEARTEXT_WARNING, REPORT_STYLES, STYLES, TEST_CONNECTION
from .admin.badges import Badge, badge_for, partner_badge
from .admin.panel_strings import ACCOUNT_HEADING, TEST_HEADING, interface_strings
from .diagnosis.certificate import colons
from .smtp.settings import Security
from .test_email import own_address


def smtp_panels() -> list[Panel]:
    """The panels of the SMTP tab, for any model whose viewset has ``SMTPAccountViewSetMixin``."""
    account = [
        FieldRowPanel([FieldPanel("smtp_host"), FieldPanel("smtp_port")]),
        FieldRowPanel([FieldPanel("smtp_login"), FieldPanel("smtp_password")]),
        FieldPanel("smtp_password_remove"),
        FieldRowPanel([FieldPanel("smtp_email"), FieldPanel("smtp_security")]),
        CleartextWarningPanel(),
    ]
    return [
        MultiFieldPanel(account, heading=ACCOUNT_HEADING, icon="cog"),
        TestConnectionPanel(heading=TEST_HEADING, icon="mail"),
    ]


class AccountBoundPanel(Panel.BoundPanel):
    """Shown exactly when the form has the account's fields: the form is where the gate stands."""

    def is_shown(self) -> bool:
        return bool(getattr(self.form, "manages_smtp", False))


class CleartextWarningPanel(Panel):
    """Says beside the fields that without encryption a password travels in clear text."""

    class BoundPanel(AccountBoundPanel):
        template_name = "wagtail_partner_smtp/cleartext_warning.html"

        @property
        def media(self) -> Media:
            return Media(js=[CLEARTEXT_WARNING], css={"all": [STYLES]})

        def applies(self) -> bool:
            """Whether the warning shows before any script runs."""
            value = {name: self.form[name].value() for name in ("smtp_security", "smtp_login")}
            return value["smtp_security"] == Security.NONE and bool(value["smtp_login"])


class TestConnectionPanel(Panel):
    """The button, and below it what the test found."""

    __test__ = False

    class BoundPanel(AccountBoundPanel):
        template_name = "wagtail_partner_smtp/test_connection.html"

        @property
        def media(self) -> Media:
            return Media(js=list(TEST_CONNECTION), css={"all": [STYLES, REPORT_STYLES]})

        @property
        def is_saved(self) -> bool:
            """Whether the page is about a stored partner; a copy is not, although it shows the original."""
            match = self.request.resolver_match
            return not self.instance._state.adding and not (match and match.url_name == "copy")

        @property
        def badge(self) -> Badge:
            return partner_badge(self.instance) if self.is_saved else badge_for("untested")

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            return context | {
                "token": self.form["smtp_test_token"],
                "badge": self.badge,
                "test_url": self._url("test_connection" if self.is_saved else "test_connection_new"),
                "untrust_url": self._url("untrust_certificate") if self.is_saved else "",
                "pinned": colons(self.instance.smtp_pinned_certificate) if self.is_saved else "",
                "has_password": self.is_saved and self.form.stored.has_password,
                "password_unreadable": self.is_saved and self.form.stored.unreadable,
                "password_lost": self.form.typed_password_is_lost,
                "email": self._email(),
                "strings": json.dumps(interface_strings()),
            }

        def _email(self) -> dict[str, Any]:
            """What a test email could be sent with; it is offered where what is saved has passed its test."""
            changes_address = getattr(settings, "WAGTAIL_EMAIL_MANAGEMENT_ENABLED", True)
            is_ok = self.badge.status is SMTPStatus.OK
            return {
                "url": self._url("send_test_email") if self.is_saved else "",
                "offered": is_ok and not self.form.is_bound,
                "address": own_address(self.request.user),
                "account_url": reverse("wagtailadmin_account") if changes_address else "",
            }

        def _url(self, name: str) -> str:
            args = [quote(self.instance.pk)] if name != "test_connection_new" else []
            return reverse(self.panel.model.snippet_viewset.get_url_name(name), args=args)

    def get_form_options(self) -> dict[str, Any]:
        return {"fields": ["smtp_test_token"]}
