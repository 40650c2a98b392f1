"""Where a provider sends the browser back to, whichever partner it is about (RFC 6749 4.1.2).

What came with the address is believed only if this very session waits for it, and leads nowhere but to the
partner's own page. Until it is redeemed, the code gives access to a mailbox. So it is removed from the
request before anything can fail, and it is not in the address of the page that the browser shows in the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.contrib.admin.utils import quote
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from wagtail.admin import messages
from wagtail.admin.auth import require_admin_access

from ... import audit
from ...oauth import consent
from ...outbox import operations
from ...permissions import can_manage_smtp, lock_for
from ...smtp.errors import SMTPError
from . import pending, words

if TYPE_CHECKING:
    from collections.abc import Callable

URL_NAME = "partner_smtp_oauth_callback"

PANEL_ID = "partner-smtp-connection"
"""Of the element that the browser comes back to; Wagtail opens the tab that it is in."""

AGAIN = "again"
"""Marks the second request of a browser whose first one came without the session."""


def callback_url(request: HttpRequest) -> str:
    """The redirect URI (RFC 6749 3.1.2), with the host name of the request, to which the session belongs."""
    return request.build_absolute_uri(reverse(URL_NAME))


def urls() -> list[URLPattern]:
    found = path("partner-smtp/oauth/callback/", CallbackView.as_view(), name=URL_NAME)
    return [_WithOwnLogin(found.pattern, found.callback, found.default_args, found.name)]


class _WithOwnLogin(URLPattern):
    """Keeps its view as it is.

    Wagtail wraps the views of the admin, so that who comes without a session is sent to the login page: with the
    code in its address, and although the session may only have been left out (a cookie with SameSite=Strict).
    """

    @property
    def callback(self) -> Callable[..., Any]:
        return self._view

    @callback.setter
    def callback(self, view: Callable[..., Any]) -> None:
        self._view: Callable[..., Any] = vars(self).get("_view", view)


# No transaction may be open while the provider is waited for.
@method_decorator([transaction.non_atomic_requests, never_cache], name="dispatch")
class CallbackView(View):
    """Redeems the code that a provider has given the browser, if it was waited for."""

    http_method_names = ["get"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = _taken_out(request)
        if request.method != "GET":
            response = self.http_method_not_allowed(request)
        elif request.user.is_anonymous:
            response = _without_session(request, answer)
        else:
            response = require_admin_access(_receive)(request, answer)
        response["Referrer-Policy"] = "no-referrer"
        return response


class _Answer(dict[str, str]):
    """What the provider has sent along; not shown where variables are shown."""

    def __repr__(self) -> str:
        return "<the provider's answer>"


def _taken_out(request: HttpRequest) -> _Answer:
    """The query, which reports of errors would show: they hide what is posted, but not what an address says."""
    answer = _Answer(request.GET.dict())
    request.GET = QueryDict()
    request.META["QUERY_STRING"] = ""
    return answer


@sensitive_variables("context")
def _without_session(request: HttpRequest, answer: _Answer) -> HttpResponse:
    """A strict cookie does not come along from another site, but does with what a page of ours asks for next."""
    is_strict = str(settings.SESSION_COOKIE_SAMESITE).lower() == "strict"
    if is_strict and AGAIN not in answer:
        context = {"query": urlencode({**answer, AGAIN: "1"})}
        return TemplateResponse(request, "wagtail_partner_smtp/oauth/again.html", context)
    login = getattr(settings, "WAGTAILADMIN_LOGIN_URL", None) or reverse("wagtailadmin_login")
    messages.error(request, words.SESSION_ENDED)
    return redirect_to_login(reverse("wagtailadmin_home"), login)


def _receive(request: HttpRequest, answer: _Answer) -> HttpResponse:
    waiting = pending.take(request.session, answer.get("state", ""))
    if waiting is None or waiting.user != str(request.user.pk):
        return _refused(request, words.NOT_EXPECTED)
    partner = _partner(waiting)
    if partner is None:
        return _refused(request, words.GONE)
    if not can_manage_smtp(request.user, partner):
        return _refused(request, words.NOT_ALLOWED)
    if lock := lock_for(request.user, partner):
        return _refused(request, lock)
    _conclude(request, answer, waiting, partner)
    return _back_to(partner)


def _partner(waiting: pending.Pending) -> Any:
    try:
        return apps.get_model(waiting.model)._default_manager.filter(pk=waiting.pk).first()
    except (LookupError, ValueError, ValidationError):
        return None


def _conclude(request: HttpRequest, answer: _Answer, waiting: pending.Pending, partner: Any) -> None:
    """Connect the partner, and say what came of it."""
    if "error" in answer:
        messages.error(request, words.declined(answer["error"], answer.get("error_description", "")))
        return
    try:
        connection = consent.connect(partner, waiting.attempt, answer)
    except (SMTPError, consent.ConsentError) as error:
        messages.error(request, words.failed(error, partner))
        return
    audit.log_connected(partner, request.user, own_mailbox=connection.is_own)
    operations.resume_if_corrected(partner)
    messages.success(request, words.connected(connection))


def _refused(request: HttpRequest, sentence: Any) -> HttpResponse:
    messages.error(request, sentence)
    return redirect("wagtailadmin_home")


def _back_to(partner: Any) -> HttpResponseRedirect:
    name = partner.snippet_viewset.get_url_name("edit")
    return redirect(f"{reverse(name, args=[quote(partner.pk)])}#{PANEL_ID}")
