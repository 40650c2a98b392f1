"""Text that does not show where values are shown."""

from __future__ import annotations

import pytest
from django.test import RequestFactory, override_settings
from django.views.debug import ExceptionReporter

from wagtail_partner_smtp.account.secret import Secret, as_secret


def test_a_secret_is_its_text_and_shows_nothing_of_it() -> None:
    secret = as_secret("hunter2", "password")
    assert (secret, type(secret)) == ("hunter2", Secret)
    assert "hunter2" not in repr({"password": secret})


@override_settings(DEBUG=False)
def test_an_error_report_does_not_show_what_is_no_text() -> None:
    with pytest.raises(ValueError, match="half a character") as caught:
        as_secret("hunter2\ud800", "password")
    # Without the frame of this test, which has the text in its source.
    frames = caught.tb.tb_next
    reporter = ExceptionReporter(RequestFactory().post("/"), caught.type, caught.value, frames)
    report = str(reporter.get_traceback_html()) + str(reporter.get_traceback_text())
    assert "secret.py" in report
    assert "hunter2" not in report
