"""The page on which the owner of a mailbox says yes or no; plain HTML, without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import OAuth2Error

from .. import web_server as http
from .questions import Question
from .registry import Client

STYLE_PATH = "/consent.css"
_POLICY = (
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action {targets}"
)
_MEANING = {
    "openid": "Know who you are",
    "email": "See your address",
    "profile": "See your name",
    "offline_access": "Keep this access until you withdraw it",
    "smtp": "Send mail in your name",
    "https://mail.google.com/": "Read, write and send your mail",
    "https://outlook.office.com/SMTP.Send": "Send mail in your name",
    "https://outlook.office365.com/SMTP.Send": "Send mail in your name",
}


def page(question: Question, client: Client, people: Sequence[str]) -> http.Response:
    """Whose application wants what, and the choice."""
    asked = question.payload.data
    hint = asked.get("login_hint", "") or next(iter(people), "")
    scopes = "".join(f"<li>{_scope(each)}</li>" for each in asked.get("scope", "").split())
    names = "".join(f'<option value="{escape(name)}"></option>' for name in people)
    content = f"""\
<h1>{escape(client.name)} asks for access</h1>
<p>Application <code>{escape(client.client_id)}</code> wants to:</p>
<ul>{scopes or "<li>nothing in particular</li>"}</ul>
<form method="post">
<p><label for="mailbox">Mailbox</label>
<input id="mailbox" name="mailbox" list="people" value="{escape(hint)}" required autocomplete="username">
<datalist id="people">{names}</datalist></p>
<p class="choice"><button name="decision" value="allow">Allow</button>
<button name="decision" value="deny" formnovalidate>Deny</button></p>
</form>
<p class="note">A sandbox for tests: there is no password, any mailbox will do.</p>"""
    # A browser holds the redirect that follows a form to the same rule as the form.
    targets = f"'self' {_origin(asked.get('redirect_uri') or client.get_default_redirect_uri())}"
    return http.page(_frame("Access to a mailbox", content), policy=_POLICY.format(targets=targets.strip()))


def error_page(error: OAuth2Error) -> http.Response:
    """For a user who cannot be redirected, since the address may not belong to the application."""
    content = (
        f"<h1>This request makes no sense</h1><p><code>{escape(str(error.error))}</code></p>"
        f"<p>{escape(error.get_error_description() or '')}</p>"
    )
    return http.page(_frame("No access", content), policy=_POLICY.format(targets="'none'"), status=400)


def style() -> http.Response:
    """The style sheet, for light and dark screens."""
    return http.page(_css(), policy="default-src 'none'", kind="text/css; charset=utf-8")


def decision(question: Question) -> str | None:
    """The mailbox whose owner allows it, or None."""
    said = question.form
    return said.get("mailbox", "").strip() or None if said.get("decision") == "allow" else None


def _scope(scope: str) -> str:
    code = f"<code>{escape(scope)}</code>"
    return f"{_MEANING[scope]} ({code})" if scope in _MEANING else code


def _origin(address: str) -> str:
    parts = urlsplit(address)
    # What else stands in it would be more of the policy.
    host = parts.netloc.rpartition("@")[2]
    is_plain = all(each.isalnum() or each in "-.:[]" for each in host)
    return f"{parts.scheme}://{host}" if parts.scheme in ("http", "https") and host and is_plain else ""


def _frame(title: str, content: str) -> str:
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)} · SMTP sandbox</title><link rel="stylesheet" href="{STYLE_PATH}">'
    )
    return f'<!doctype html><html lang="en"><head>{head}</head><body><main>{content}</main></body></html>'


@cache
def _css() -> str:
    return files(__package__).joinpath("consent.css").read_text("utf-8")
