"""Wires the plugin into the Wagtail admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wagtail import hooks
from wagtail.snippets.models import register_snippet

from .admin import audit
from .admin.bulk import ConnectionTestBulkAction
from .models import get_partner_model
from .viewsets import PartnerViewSet

if TYPE_CHECKING:
    from wagtail.log_actions import LogActionRegistry

# A site that registers its own partner model has the last word on how it looks.
if "snippet_viewset" not in vars(get_partner_model()):
    register_snippet(PartnerViewSet)


@hooks.register("register_log_actions")
def register_log_actions(actions: LogActionRegistry) -> None:
    audit.register(actions)


hooks.register("register_bulk_action", ConnectionTestBulkAction)
