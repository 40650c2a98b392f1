"""The site's snippets: one without mail, two with the SMTP tab."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, ObjectList, TabbedInterface
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from test_project.shop.models import Brand, Supplier, Warehouse
from wagtail_partner_smtp.panels import smtp_panels
from wagtail_partner_smtp.viewsets import SMTPAccountViewSetMixin

EDIT_HANDLER = TabbedInterface(
    [
        ObjectList([FieldPanel("name")], heading=_("Details")),
        ObjectList(smtp_panels(), heading=_("SMTP")),
    ]
)


class SupplierViewSet(SMTPAccountViewSetMixin, SnippetViewSet):
    model = Supplier
    edit_handler = EDIT_HANDLER
    list_display = ["name", "smtp_host", "smtp_status"]
    search_backend_name = None
    search_fields = ["name"]


class WarehouseViewSet(SMTPAccountViewSetMixin, SnippetViewSet):
    model = Warehouse
    edit_handler = EDIT_HANDLER
    search_backend_name = None
    search_fields = ["name"]


register_snippet(Brand)
register_snippet(SupplierViewSet)
register_snippet(WarehouseViewSet)
