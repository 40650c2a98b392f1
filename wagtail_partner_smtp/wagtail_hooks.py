"""Wires the plugin into the Wagtail admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wagtail import hooks
from wagtail.snippets.models import register_snippet

from .admin import history
from .admin.lists import home, report
from .admin.lists.bulk import ConnectionTestBulkAction
from .admin.lists.bulk_delete import AccountDeleteBulkAction
from .admin.oauth.callback import urls as oauth_urls
from .admin.outgoing import home as outgoing_home
from .admin.outgoing import report as outgoing
from .admin.outgoing.gate import permissions as outgoing_mail_permissions
from .admin.outgoing.urls import urls as outgoing_urls
from .models import get_partner_model
from .viewsets import PartnerViewSet

if TYPE_CHECKING:
    from django.contrib.auth.models import Permission
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern
    from wagtail.admin.menu import MenuItem
    from wagtail.admin.ui.components import Component
    from wagtail.log_actions import LogActionRegistry

# A site that registers its own partner model has the last word on how it looks.
if "snippet_viewset" not in vars(get_partner_model()):
    register_snippet(PartnerViewSet)


@hooks.register("register_log_actions")
def register_log_actions(actions: LogActionRegistry) -> None:
    history.register(actions)


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return [*report.urls(), *outgoing_urls(), *oauth_urls()]


@hooks.register("register_reports_menu_item")
def register_reports_menu_item() -> MenuItem:
    return report.menu_item()


@hooks.register("register_reports_menu_item")
def register_outgoing_mail_menu_item() -> MenuItem:
    return outgoing.menu_item()


@hooks.register("construct_homepage_panels")
def construct_homepage_panels(request: HttpRequest, panels: list[Component]) -> None:
    home.add_panel(request, panels)
    outgoing_home.add_panel(request, panels)


@hooks.register("register_permissions")
def register_permissions() -> QuerySet[Permission]:
    """Those of queued mail, for the settings of groups; a partner's are registered by its viewset."""
    return outgoing_mail_permissions()


hooks.register("register_bulk_action", ConnectionTestBulkAction)
# Behind Wagtail's own, in whose place it comes.
hooks.register("register_bulk_action", AccountDeleteBulkAction, order=1)
