"""Logging in with a token."""

from __future__ import annotations

import smtplib

from smtp_sandbox import Listener
from tests.sandbox.sasl_client import authenticate
from tests.support.stopwatch import PATIENCE


def log_in(listener: Listener, name: str, token: str, mechanism: str = "XOAUTH2") -> int:
    """The code of the server's last word."""
    context = listener.client_context()
    with smtplib.SMTP_SSL(listener.host, listener.port, timeout=PATIENCE, context=context) as client:
        return authenticate(client, mechanism, name, token, initial=False)
