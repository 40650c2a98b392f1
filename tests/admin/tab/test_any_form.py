"""Any text in each field of the SMTP tab: an error at a field, or a saved row, and no secret in what is shown."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.admin import HTTP_AJAX, client_of, endpoint, url, values_of
from tests.support.any_server import PASSWORDS, Play, happening
from wagtail_partner_smtp.admin.tab.typed_host import NotUnderstood, parse_host, parse_port
from wagtail_partner_smtp.models import get_partner_model

from .test_forms import bind

pytestmark = pytest.mark.django_db

# Each example takes back what it has saved.
shared = settings(
    suppress_health_check=[*settings().suppress_health_check, HealthCheck.function_scoped_fixture]
)
# A page takes as long as many forms.
for_pages = settings(shared, max_examples=settings().max_examples // 8)

MARK = "Zq7-typed-in-a-field-"
TEXTS = st.one_of(
    st.text(max_size=20),
    st.text("ab1.:/[]@<>(), -%=_", max_size=30),
    st.sampled_from(
        ["mail.example.com", "ssl://mail.example.com:465", "587 (TLS)", "[::1]:25", "a" * 300 + ".example",
         "127.0.0.1",
         "mail.example.com\0", "\ud800", "xn--a.example", "a@b.example", "9" * 30, "\u0665\u0668\u0667",
         "-1", "",
         "smtp.example.com:465 SSL", "1e9", "\u202emoc", "http://x/", "ssl://[fe80::1%25eth0]:465", " "]
    ),
)  # fmt: skip
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXTS,
        "smtp_host": TEXTS,
        "smtp_port": TEXTS,
        "smtp_login": TEXTS,
        "smtp_email": TEXTS,
        "smtp_security": TEXTS | st.sampled_from(["none", "ssl", "tls"]),
        "smtp_sender_name": TEXTS,
        "smtp_reply_to": TEXTS,
    },
)
SECRETS = PASSWORDS.map(MARK.__add__) | st.just("")


def as_sent(fields: dict[str, str]) -> dict[str, Any]:
    """What no octets stand for cannot be sent: Django puts something else in its place."""
    return {name: text.encode("utf-8", "replace").decode() for name, text in fields.items()}


@given(TEXTS)
def test_a_pasted_server_is_understood_or_not(text: str) -> None:
    for parse in (parse_host, parse_port):
        with suppress(NotUnderstood):
            parse(text)


@shared
@given(FIELDS, SECRETS)
def test_a_form_has_errors_or_saves_its_row(superuser: User, fields: dict[str, str], password: str) -> None:
    form = bind(superuser, smtp_password=password, **as_sent(fields))
    with transaction.atomic():
        if form.is_valid():
            row = form.save()
            saved = get_partner_model()._default_manager.get(pk=row.pk)
            # Without a login there is nothing to keep it for.
            assert saved.smtp_password() == (password if saved.smtp_login else "")
        else:
            assert form.errors
        transaction.set_rollback(True)
    assert MARK not in str(form.errors)
    # The whole form is shown by the pages below; to render it takes ten times as long as all else here.
    assert MARK not in str(form["smtp_password"])


@for_pages
@given(FIELDS, SECRETS)
def test_no_page_and_no_test_breaks(superuser: User, fields: dict[str, str], password: str) -> None:
    client = client_of(superuser)
    values: dict[str, Any] = {**values_of(), "smtp_password": password, **as_sent(fields)}
    with transaction.atomic(), happening(Play()):
        test = client.post(endpoint(), values, headers=HTTP_AJAX)
        page = client.post(url("add"), values)
        transaction.set_rollback(True)
    assert test.status_code in {200, 400, 429}
    assert page.status_code in {200, 302}
    assert MARK not in test.content.decode()
    assert MARK not in page.content.decode()
