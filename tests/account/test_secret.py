"""Text that does not show where values are shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.test import RequestFactory, override_settings
from django.views.debug import ExceptionReporter

from wagtail_partner_smtp.account.secret import Secret, as_secret
from wagtail_partner_smtp.models import Partner


def test_a_secret_is_its_text_and_shows_nothing_of_it() -> None:
    secret = as_secret("hunter2", "password")
    assert (secret, type(secret)) == ("hunter2", Secret)
    assert "hunter2" not in repr({"password": secret})


@pytest.mark.parametrize(
    ("take", "parameter"),
    [
        (partial(as_secret, name="password"), "text"),
        (Partner().set_smtp_password, "text"),
        (Partner().set_smtp_oauth_secret, "text"),
        (partial(Partner().with_smtp_values, {}), "secret"),
    ],
    ids=["as_secret", "password", "oauth_secret", "trial"],
)
@override_settings(DEBUG=False)
def test_an_error_report_does_not_show_what_is_no_text(take: Callable[..., object], parameter: str) -> None:
    with pytest.raises(ValueError, match="half a character") as caught:
        take(**{parameter: "hunter2\ud800"})
    # Without the frame of this test, which has the text in its source.
    frames = caught.tb.tb_next
    reporter = ExceptionReporter(RequestFactory().post("/"), caught.type, caught.value, frames)
    report = str(reporter.get_traceback_html()) + str(reporter.get_traceback_text())
    assert "secret.py" in report
    assert "hunter2" not in report
