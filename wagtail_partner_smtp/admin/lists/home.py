"""The admin's first page says when partners' mail does not work, or soon will not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import quote
from django.db.models import Count, F, QuerySet, Sum
from django.forms import Media
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin.ui.components import Component

from ...account.health import NOTICE_DAYS, certificate_ends_within, is_broken, only_active
from ...account.lookup import has_column, partner_model
from ...account.row import SMTPAccount
from ...permissions import decides_per_partner
from ..assets import STYLES
from ..badges import Badge, badge_for, failed_mail
from .listing import listed_models, listed_rows, manageable
from .report import TITLE, report_url
from .report_filters import BROKEN

NAMED = 5
"""How many of the broken partners are named, those that broke last."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Numbers of active partners: those whose mail is broken, those whose server's certificate ends, and all.

    All are counted only if some are broken. ``failures`` is how many attempts to send the broken ones' mail have
    failed.
    """

    total: int
    broken: int
    failures: int
    ending: int

    def __bool__(self) -> bool:
        return bool(self.broken or self.ending)


class PartnerMailPanel(Component):
    """What is broken among one model's rows, with links to it."""

    name = "partner_mail"
    order = 100
    template_name = "wagtail_partner_smtp/lists/home_panel.html"

    def __init__(self, model: type[SMTPAccount], trouble: Trouble, broken: list[SMTPAccount]) -> None:
        self.model = model
        self.trouble = trouble
        self.broken = broken

    @property
    def media(self) -> Media:
        return Media(css={"all": [STYLES]})

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        trouble = self.trouble
        return {
            "title": TITLE if self.is_of_partners else f"{TITLE}: {self.model._meta.verbose_name_plural}",
            "broken": self._broken_sentence() if trouble.broken else "",
            "failures": failed_mail(trouble.failures),
            "broken_url": report_url(**self._filters(), mail=BROKEN),
            "partners": [_Named.of(partner) for partner in self.broken],
            "more": trouble.broken - len(self.broken),
            "ending": _ending_sentence(trouble) if trouble.ending else "",
            "ending_url": report_url(**self._filters(), certificate=str(NOTICE_DAYS)),
        }

    @property
    def is_of_partners(self) -> bool:
        return self.model is partner_model()

    def _filters(self) -> dict[str, str]:
        kind = {} if self.is_of_partners else {"kind": self.model._meta.label_lower}
        return kind | ({"active": "true"} if has_column(self.model, "active") else {})

    def _broken_sentence(self) -> str:
        if self.is_of_partners:
            return _broken_sentence(self.trouble)
        return _("%(broken)d of %(total)d %(kind)s can't send mail.") % {
            "broken": self.trouble.broken,
            "total": self.trouble.total,
            "kind": self.model._meta.verbose_name_plural,
        }


@dataclass(frozen=True, kw_only=True)
class _Named:
    partner: SMTPAccount
    url: str
    badge: Badge
    failures: str

    @classmethod
    def of(cls, partner: SMTPAccount) -> _Named:
        name = partner.snippet_viewset.get_url_name("edit")  # type: ignore[attr-defined]
        url = reverse(name, args=[quote(partner.pk)])
        return cls(
            partner=partner,
            url=url,
            badge=badge_for(partner.smtp_status),
            failures=failed_mail(partner.smtp_failures),
        )


def add_panel(request: HttpRequest, panels: list[Component]) -> None:
    """Add a panel to those of the first page for each model, unless all is well as far as the user may know."""
    for model in listed_models(request.user):
        rows = only_active(listed_rows(request, model))
        trouble = _count(rows)
        if trouble and decides_per_partner(model):
            rows = manageable(request.user, rows)
            trouble = _count(rows)
        if trouble:
            panels.append(PartnerMailPanel(model, trouble, _newest(rows) if trouble.broken else []))


def _count(partners: QuerySet[Any]) -> Trouble:
    # Each by an index of its own: together they would take a look at every row.
    broken = partners.filter(is_broken()).aggregate(broken=Count("pk"), failures=Sum("smtp_failures"))
    return Trouble(
        total=partners.count() if broken["broken"] else 0,
        broken=broken["broken"],
        failures=broken["failures"] or 0,
        ending=certificate_ends_within(NOTICE_DAYS, partners).count(),
    )


def _newest(partners: QuerySet[Any]) -> list[SMTPAccount]:
    newest_first = F("smtp_status_since").desc(nulls_last=True)
    names = ["name"] if has_column(partners.model, "name") else []
    return list(partners.filter(is_broken()).order_by(newest_first, *names, "pk")[:NAMED])


def _broken_sentence(trouble: Trouble) -> str:
    return ngettext(
        "%(broken)d of %(total)d partners can't send mail.",
        "%(broken)d of %(total)d partners can't send mail.",
        trouble.broken,
    ) % {"broken": trouble.broken, "total": trouble.total}


def _ending_sentence(trouble: Trouble) -> str:
    return ngettext(
        "The certificate of %(number)d mail server ends within %(days)d days or has ended.",
        "The certificates of %(number)d mail servers end within %(days)d days or have ended.",
        trouble.ending,
    ) % {"number": trouble.ending, "days": NOTICE_DAYS}
