"""Servers that accept access tokens, and reasons to refuse them."""

from __future__ import annotations

from dataclasses import replace

from ..profiles import Profile
from ..rules import on
from ..tokens import TokenRefusal

_BOTH = ("XOAUTH2", "OAUTHBEARER")
# As Google says it.
_JSON = '{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}'
_SWITCHED_OFF = "SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled"

_REFUSALS = {
    "token-refused": (TokenRefusal(_JSON), "refuses every token, after a challenge of JSON that says why"),
    "token-scope": (
        TokenRefusal('{"status":"insufficient_scope","schemes":"bearer","scope":"email.send"}'),
        "refuses every token for want of a scope, after a challenge of JSON",
    ),
    "token-535": (TokenRefusal(None), "refuses every token at once, and does not say why"),
    "token-not-permitted": (
        TokenRefusal(None, "535 5.7.3 Authentication unsuccessful"),
        "refuses every token with 535 5.7.3, as Microsoft does without a permission on the mailbox",
    ),
    "token-smtp-off": (
        TokenRefusal(None, f"535 5.7.139 Authentication unsuccessful, {_SWITCHED_OFF}"),
        "refuses every token with 535 5.7.139, as Microsoft does where SMTP AUTH is switched off",
    ),
    "token-endless": (
        TokenRefusal(_JSON, endless=True),
        "answers every token with 334, and every answer again",
    ),
    "token-drop": (TokenRefusal(_JSON, drop="fin"), "closes after the challenge of JSON"),
}

PROFILES = (
    Profile("token-only", auth=_BOTH, summary="offers AUTH XOAUTH2 and OAUTHBEARER only"),
    *(
        Profile(
            name,
            auth=_BOTH,
            token_refusal=replace(how, always=True),
            summary=summary,
        )
        for name, (how, summary) in _REFUSALS.items()
    ),
    Profile(
        "token-line-512",
        # With the verb before it and the line's end 512 octets, RFC 5321 4.5.3.1.4.
        on("AUTH", match="?" * 506 + "*", reply="500 5.5.2 Line too long"),
        auth=_BOTH,
        summary="takes a token in an AUTH command of up to 512 octets, longer ones only after 334",
    ),
)
