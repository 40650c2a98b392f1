"""The list of partners: a double click opens a row, and a column shows the state of the mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Model
from django.forms import Media
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import BaseColumn, Column, Table

from ...account.row import SMTPAccount
from ...permissions import can_manage_smtp
from ..assets import ROW_OPEN, STYLES
from ..badges import Badge, certificate_term, failed_mail, partner_badge
from .listing import is_account_field
from .trouble import why

PARTNERS = "partner-smtp-partners"
"""The class of a table whose rows stand as blocks on a phone."""

DETAIL = "partner-smtp-detail"
"""The class of a column that is left out on a phone: it is a tap away."""

KEPT_ON_A_PHONE = frozenset({"smtp_host", "smtp_status", "smtp_certificate_until"})


class RowOpenTable(Table):
    """A double click anywhere in a row does what a click on its title does. Too wide, it scrolls within itself."""

    template_name = "wagtail_partner_smtp/lists/table.html"

    @property
    def attrs(self) -> dict[str, Any]:
        return {
            **super().attrs,
            "data-controller": "partner-smtp-row-open",
            "data-action": "dblclick->partner-smtp-row-open#open",
        }

    @property
    def media(self) -> Media:
        media: Media = super().media
        return media + Media(css={"all": [STYLES]}, js=[ROW_OPEN])


class SMTPColumn(Column):
    """A column of the SMTP account; empty in the rows whose account the user may not manage."""

    def get_cell_context_data(self, instance: Model, parent_context: Any) -> dict[str, Any]:
        request = parent_context["request"]
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        if not can_manage_smtp(request.user, instance):
            context |= {"value": "", "raw_value": None}
        return context


class SecurityColumn(SMTPColumn):
    """The kind of encryption, in words."""

    def __init__(self) -> None:
        super().__init__(
            "smtp_security",
            label=_("SMTP Security"),
            sort_key="smtp_security",
            accessor="get_smtp_security_display",
        )


class MailStatusColumn(SMTPColumn):
    """The badge of the last connection test, and what keeps mail from being sent whatever that found."""

    cell_template_name = "wagtail_partner_smtp/lists/mail_status_cell.html"

    def __init__(self, accessor: Callable[[SMTPAccount], Badge] = partner_badge) -> None:
        super().__init__("smtp_status", label=_("Mail status"), sort_key="smtp_status", accessor=accessor)

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict[str, Any]:
        context = super().get_cell_context_data(instance, parent_context)
        return context | {
            "secret_unreadable": instance.is_smtp_secret_unreadable,
            "needs_consent": bool(instance.smtp_oauth_needs_consent),
            "failed_mail": failed_mail(instance.smtp_failures),
            "why": why(instance),
        }

    @property
    def media(self) -> Media:
        return Media(css={"all": [STYLES]})


class CertificateColumn(SMTPColumn):
    """How many days the certificate holds that the last test saw, in words."""

    cell_template_name = "wagtail_partner_smtp/lists/certificate_cell.html"

    def __init__(self) -> None:
        super().__init__(
            "smtp_certificate_until",
            label=_("Certificate"),
            sort_key="smtp_certificate_until",
            accessor=certificate_term,
        )

    @property
    def media(self) -> Media:
        return Media(css={"all": [STYLES]})


def without_details_on_a_phone(columns: Iterable[BaseColumn]) -> list[BaseColumn]:
    """The same columns; what the row's page says as well, and means little without a heading, is a detail."""
    marked = list(columns)
    for column in marked:
        is_detail = column.name == "active" or is_account_field(column.name)
        # A viewset's columns are the same objects at each request.
        if is_detail and column.name not in KEPT_ON_A_PHONE and not column.classname:
            column.classname = DETAIL
    return marked
