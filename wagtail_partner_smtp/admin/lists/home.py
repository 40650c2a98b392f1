"""The admin's first page says when partners' mail does not work, or soon will not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import quote
from django.db.models import Count, F, QuerySet
from django.forms import Media
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import ngettext
from wagtail.admin.ui.components import Component

from ... import conf
from ...account.health import NOTICE_DAYS, certificate_ends_within, is_broken
from ...models import get_partner_model
from ..assets import STYLES
from ..badges import Badge, badge_for
from .listing import listed_partners, manageable, may_list_smtp
from .report import TITLE, report_url
from .report_filters import BROKEN

if TYPE_CHECKING:
    from ...models import AbstractPartner

NAMED = 5
"""How many of the broken partners are named, those that broke last."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Numbers of active partners: all, those whose mail is broken, those whose server's certificate ends."""

    total: int
    broken: int
    ending: int

    def __bool__(self) -> bool:
        return bool(self.broken or self.ending)


class PartnerMailPanel(Component):
    """What is broken, with ways to it."""

    name = "partner_mail"
    order = 100
    template_name = "wagtail_partner_smtp/lists/home_panel.html"

    def __init__(self, trouble: Trouble, broken: list[AbstractPartner]) -> None:
        self.trouble = trouble
        self.broken = broken

    @property
    def media(self) -> Media:
        return Media(css={"all": [STYLES]})

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        trouble = self.trouble
        return {
            "title": TITLE,
            "broken": _broken_sentence(trouble) if trouble.broken else "",
            "broken_url": report_url(active="true", mail=BROKEN),
            "partners": [_Named.of(partner) for partner in self.broken],
            "more": trouble.broken - len(self.broken),
            "ending": _ending_sentence(trouble) if trouble.ending else "",
            "ending_url": report_url(active="true", certificate=str(NOTICE_DAYS)),
        }


@dataclass(frozen=True, kw_only=True)
class _Named:
    partner: AbstractPartner
    url: str
    badge: Badge

    @classmethod
    def of(cls, partner: AbstractPartner) -> _Named:
        name = partner.snippet_viewset.get_url_name("edit")  # type: ignore[attr-defined]
        url = reverse(name, args=[quote(partner.pk)])
        return cls(partner=partner, url=url, badge=badge_for(partner.smtp_status))


def add_panel(request: HttpRequest, panels: list[Component]) -> None:
    """Add the panel to those of the first page, unless all is well as far as the user may know."""
    if not may_list_smtp(request.user, get_partner_model()):
        return
    partners = listed_partners(request).filter(active=True)
    trouble = _count(partners)
    if trouble and conf.can_manage():
        partners = manageable(request.user, partners)
        trouble = _count(partners)
    if trouble:
        panels.append(PartnerMailPanel(trouble, _newest(partners) if trouble.broken else []))


def _count(partners: QuerySet[AbstractPartner]) -> Trouble:
    return Trouble(
        **partners.aggregate(
            total=Count("pk"),
            broken=Count("pk", filter=is_broken()),
            ending=Count("pk", filter=certificate_ends_within(NOTICE_DAYS)),
        )
    )


def _newest(partners: QuerySet[AbstractPartner]) -> list[AbstractPartner]:
    newest_first = F("smtp_status_since").desc(nulls_last=True)
    return list(partners.filter(is_broken()).order_by(newest_first, "name", "pk")[:NAMED])


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
