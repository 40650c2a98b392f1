"""The addresses of the report's pages; those of a partner's own are its viewset's."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from .actions import ACTIONS, MailActionView
from .message import MessageTextView, MessageView
from .report import RESULTS_URL_NAME, URL_NAME, OutgoingMailReport

BASE = "reports/outgoing-mail"


def urls() -> list[URLPattern]:
    actions = "|".join(ACTIONS)
    results = OutgoingMailReport.as_view(results_only=True)
    return [
        path(f"{BASE}/", OutgoingMailReport.as_view(), name=URL_NAME),
        path(f"{BASE}/results/", results, name=RESULTS_URL_NAME),
        path(f"{BASE}/<int:pk>/", MessageView.as_view(), name="partner_smtp_message"),
        path(f"{BASE}/<int:pk>/text/", MessageTextView.as_view(), name="partner_smtp_message_text"),
        re_path(rf"^{BASE}/(?P<name>{actions})/$", MailActionView.as_view(), name="partner_smtp_mail_action"),
    ]
