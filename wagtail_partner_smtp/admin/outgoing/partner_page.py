"""The mail of one partner: the report's list narrowed to it, how its queue does, and *Resume*."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views import View
from wagtail.admin import messages
from wagtail.admin.ui.tables import BaseColumn
from wagtail.admin.utils import get_valid_next_url_from_request

from ... import audit
from ...account.lookup import NO_KEY
from ...models import PartnerQueue
from ...outbox import operations, queues
from ...permissions import can_manage_mail, can_see_mail
from ..mail_summary import partner_mail_url, summary_for
from .columns import message_columns
from .filters import PartnerOutgoingMailFilterSet
from .report import OutgoingMailReport


def find(model: type[Model] | None, pk: str) -> Any:
    """The partner that an address names. Raises ``Http404``."""
    assert model is not None
    try:
        return get_object_or_404(model, pk=unquote(str(pk)))
    except NO_KEY as error:
        raise Http404 from error


class PartnerOutgoingMail(OutgoingMailReport):
    """``partner_model`` is whose partners they are."""

    partner_model: type[Model] | None = None
    filterset_class = PartnerOutgoingMailFilterSet

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.partner = find(self.partner_model, kwargs["pk"])

    def may_open(self) -> bool:
        return can_see_mail(self.request.user, self.partner)

    def may_manage(self) -> bool:
        return can_manage_mail(self.request.user, self.partner)

    def get_page_subtitle(self) -> str:
        return str(self.partner)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        names = self.partner.snippet_viewset
        section = {
            "url": reverse(names.get_url_name("list")),
            "label": self.partner._meta.verbose_name_plural,
        }
        edit_url = reverse(names.get_url_name("edit"), args=[quote(self.partner.pk)])
        partner = {"url": edit_url, "label": str(self.partner)}
        items = [section, partner, {"url": "", "label": self.page_title}]
        return [*self.breadcrumbs_items, *items]

    @cached_property
    def queues(self) -> list[PartnerQueue]:
        # With its number alone SQLite reads the last rows of an index; with a query for it, it sorts all of them.
        queue = queues.find(self.partner)
        return [queue] if queue else []

    @cached_property
    def columns(self) -> list[BaseColumn]:
        return message_columns(self.unattended, chosen=self.may_manage(), partner=False)

    @cached_property
    def index_url(self) -> str:
        return partner_mail_url(self.partner)

    @cached_property
    def index_results_url(self) -> str:
        name = self.partner.snippet_viewset.get_url_name("outgoing_mail_results")
        return reverse(name, args=[quote(self.partner.pk)])

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        queue_id = self.queues[0].pk if self.queues else ""
        return super().get_context_data(*args, **kwargs) | {"queue_id": queue_id}

    def overview(self) -> dict[str, Any]:
        summary = summary_for(self.request.user, self.partner)
        return super().overview() | {"summary": summary, "no_worker": ""}


class ResumeView(View):
    """Lets a partner's queue go on."""

    partner_model: type[Model] | None = None
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: str) -> HttpResponse:
        partner = find(self.partner_model, pk)
        if not can_manage_mail(request.user, partner):
            raise PermissionDenied
        if operations.resume(partner):
            audit.log_mail_resumed(partner, request.user)
            messages.success(request, _("The mail of %(partner)s is resumed.") % {"partner": partner})
        else:
            messages.warning(request, _("The mail of %(partner)s was not stopped.") % {"partner": partner})
        return redirect(get_valid_next_url_from_request(request) or partner_mail_url(partner))
