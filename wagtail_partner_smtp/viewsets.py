"""The admin section of partners, and what gives the snippets of a site the same SMTP tab."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import ObjectList, Panel, TabbedInterface
from wagtail.admin.ui.tables import BooleanColumn
from wagtail.admin.views import generic
from wagtail.snippets.views.snippets import SnippetViewSet

from .admin import guards as admin_views
from .admin.lists.chooser import AccountChooserViewSet
from .admin.lists.listing import SEARCHED
from .admin.lists.tables import MailStatusColumn, SecurityColumn
from .admin.mail_summary import TITLE as OUTGOING_MAIL
from .admin.mail_summary import OutgoingMailColumn
from .admin.oauth.endpoints import ConnectView, DisconnectView
from .admin.outgoing.partner_page import PartnerOutgoingMail, ResumeView
from .admin.tab import endpoints
from .forms import SMTPAccountFormMixin, SMTPServerForm, SMTPTestForm
from .models import get_partner_model
from .panels import outgoing_mail_panels, partner_panels, smtp_panels

if TYPE_CHECKING:
    from wagtail.snippets.views.snippets import SnippetViewSet as Base
else:
    Base = object

GUARDS: tuple[tuple[type[View], type[Any]], ...] = (
    (generic.IndexView, admin_views.SMTPIndexMixin),
    (generic.InspectView, admin_views.SMTPInspectMixin),
    (generic.history.HistoryView, admin_views.SMTPHistoryMixin),
    (generic.models.CopyViewMixin, admin_views.SMTPCopyMixin),
    (generic.CreateView, admin_views.SMTPFormViewMixin),
    (generic.EditView, admin_views.SMTPFormViewMixin),
)


def smtp_columns() -> list[Any]:
    """The columns of a list that show the account and its mail, for ``list_display`` of any model with one.

    Whoever may not manage an account sees none of them, or nothing in its row.
    """
    return ["smtp_host", "smtp_email", SecurityColumn(), MailStatusColumn(), OutgoingMailColumn()]


class SMTPAccountViewSetMixin(Base):
    """For the ``SnippetViewSet`` of any model with ``SMTPAccountMixin``.

    Adds the endpoints of the SMTP tab, and guards the views and the form, whichever classes the site
    chose for them. The chooser is for those who may see the section. Without a ``list_display`` of its own the
    list has the columns of the account.
    """

    tests_connections = True
    """The bulk action *Test connection* is for the models of such viewsets."""

    chooser_viewset_class = AccountChooserViewSet

    @cached_property
    def list_display(self) -> list[Any]:
        # A site's own class of the list may name the columns as well.
        own: list[Any] = self.index_view_class.list_display
        if own is not SnippetViewSet.index_view_class.list_display:
            return own
        return ["__str__", *smtp_columns()]

    def on_register(self) -> None:
        registered = type(vars(self.model).get("snippet_viewset"))
        app = apps.get_containing_app_config(type(self).__module__)
        if registered is PartnerViewSet and app and app.name != "wagtail_partner_smtp":
            # Wagtail would say that the model is registered, but not by whom.
            raise ImproperlyConfigured(
                f"{self.model._meta.label} has the viewset of wagtail_partner_smtp already. "
                f"In INSTALLED_APPS {app.name} must come before wagtail_partner_smtp."
            )
        super().on_register()

    def construct_view(self, view_class: type[View], **kwargs: Any) -> Any:
        return super().construct_view(_guarded(view_class), **kwargs)

    def get_edit_handler(self) -> Panel:
        handler = super().get_edit_handler()
        form_class = handler.base_form_class or getattr(self.model, "base_form_class", WagtailAdminModelForm)
        if not issubclass(form_class, SMTPAccountFormMixin):
            form_class = type(form_class.__name__, (SMTPAccountFormMixin, form_class), {})
        handler.base_form_class = form_class
        return handler

    def get_urlpatterns(self) -> list[URLPattern]:
        pk = f"<{getattr(self, 'pk_path_converter', 'str')}:pk>"
        return [
            *super().get_urlpatterns(),
            *self._endpoint(
                "test_connection", endpoints.ConnectionTestView, pk, new=True, form_base_class=SMTPTestForm
            ),
            *self._endpoint(
                "read_server", endpoints.ReadServerView, pk, new=True, form_base_class=SMTPServerForm
            ),
            *self._endpoint("test_saved", endpoints.SavedConnectionTestView, pk),
            *self._endpoint("find_settings", endpoints.FindSettingsView, pk, new=True),
            *self._endpoint("check_domain", endpoints.CheckDomainView, pk, new=True),
            *self._endpoint("send_test_email", endpoints.SendTestEmailView, pk),
            *self._endpoint("trust_certificate", endpoints.TrustCertificateView, pk),
            *self._endpoint("untrust_certificate", endpoints.UntrustCertificateView, pk),
            *self._endpoint("oauth_connect", ConnectView, pk),
            *self._endpoint("oauth_disconnect", DisconnectView, pk),
            *self._outgoing_mail(pk),
        ]

    def _outgoing_mail(self, pk: str) -> Iterator[URLPattern]:
        page = partial(PartnerOutgoingMail.as_view, partner_model=self.model)
        yield path(f"outgoing-mail/{pk}/", page(), name="outgoing_mail")
        yield path(f"outgoing-mail/{pk}/results/", page(results_only=True), name="outgoing_mail_results")
        resume = ResumeView.as_view(partner_model=self.model)
        yield path(f"outgoing-mail/{pk}/resume/", resume, name="resume_mail")

    def _endpoint(
        self, name: str, view_class: type[View], pk: str, *, new: bool = False, **options: Any
    ) -> Iterator[URLPattern]:
        """``…/name/<pk>/``; with ``new`` also ``…/name/``, for a row that is not saved yet."""
        view, address = self.construct_view(view_class, **options), name.replace("_", "-")
        if new:
            yield path(f"{address}/", view, name=f"{name}_new")
        yield path(f"{address}/{pk}/", view, name=name)


class PartnerViewSet(SMTPAccountViewSetMixin, SnippetViewSet):
    """The section Partners."""

    icon = "mail"
    base_url_path = "snippets/partners"
    menu_label = _("Partners")
    menu_name = "partners"
    menu_order = 250
    add_to_admin_menu = True
    inspect_view_enabled = True
    ordering = ["name"]
    list_per_page = 50
    list_filter = ["smtp_security", "smtp_auth", "smtp_status", "active"]
    list_export = [
        "name",
        "slug",
        "active",
        "smtp_host",
        "smtp_port",
        "smtp_login",
        "smtp_email",
        "smtp_sender_name",
        "smtp_reply_to",
        "smtp_security",
        "smtp_auth",
        "smtp_oauth_provider",
        "smtp_status",
        "smtp_tested_at",
    ]
    export_filename = "partners"
    search_fields = list(SEARCHED)
    # Wagtail's own search needs an index, and on SQLite seconds for a few thousand rows.
    search_backend_name = None
    edit_handler = TabbedInterface(
        [
            ObjectList(partner_panels(), heading=_("Details")),
            ObjectList(smtp_panels(), heading=_("SMTP")),
            ObjectList(outgoing_mail_panels(), heading=OUTGOING_MAIL),
        ]
    )

    @cached_property
    def model(self) -> type[Model]:
        return get_partner_model()

    @cached_property
    def list_display(self) -> list[Any]:
        return [
            "name",
            *smtp_columns(),
            BooleanColumn("active", label=_("Active"), sort_key="active"),
        ]


def _guarded(view_class: type[View]) -> type[View]:
    for base, guard in GUARDS:
        if issubclass(view_class, base) and not issubclass(view_class, guard):
            view_class = type(view_class.__name__, (guard, view_class), {})
    return view_class
