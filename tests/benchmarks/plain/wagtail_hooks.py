"""Wagtail's own list view, configured as that of the partners is."""

from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from .models import Row


class RowViewSet(SnippetViewSet):
    model = Row
    inspect_view_enabled = True
    ordering = ["name"]
    list_per_page = 50
    list_filter = ["kind", "status", "active"]
    list_export = ["name", "host", "email", "kind", "status", "active"]
    search_fields = ["name", "host"]
    search_backend_name = None
    list_display = [
        "name",
        "host",
        "email",
        Column("kind", accessor="get_kind_display", sort_key="kind"),
        Column("status", accessor="get_status_display", sort_key="status"),
        "waiting",
        BooleanColumn("active", sort_key="active"),
    ]


register_snippet(RowViewSet)
