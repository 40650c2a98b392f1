"""What a transcript may not show: passwords and tokens, wherever a client says them."""

from __future__ import annotations

import re

MASK = "****"

# An old client may also try PASS or LOGIN, as it would with POP3 and IMAP. The space behind may be missing.
_LOGIN = re.compile(r"(?im)^(\s*(?:AUTH|LOGIN|PASS))([\s\S]*)")
# Of an AUTH command only what is surely no secret is shown.
_MECHANISM = re.compile(
    r"\W*(?:PLAIN|LOGIN|CRAM-MD5|DIGEST-MD5|SCRAM-SHA-(?:1|256|512)(?:-PLUS)?|XOAUTH2|OAUTHBEARER"
    r"|ANONYMOUS|EXTERNAL|GSSAPI|GS2-KRB5|NTLM)(?=\s|$)",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """The text without what follows AUTH and its mechanism (RFC 4954 4), to its very end."""
    return _LOGIN.sub(_hidden, "\n".join(text.splitlines()))


def _hidden(match: re.Match[str]) -> str:
    verb, rest = match.groups()
    mechanism = _MECHANISM.match(rest)
    shown = mechanism[0] if mechanism else ""
    return f"{verb}{shown} {MASK}" if rest[len(shown) :].strip() else f"{verb}{shown}"


class Mask:
    """Masks what one client says; after an attempt to log in also what is no command."""

    def __init__(self) -> None:
        self._is_after_login = False

    def __call__(self, text: str, *, is_command: bool) -> str:
        # After a refused AUTH some clients send the password all the same.
        if self._is_after_login and not is_command:
            return MASK
        if not _LOGIN.search("\n".join(text.splitlines())):
            return text
        self._is_after_login = True
        return masked(text)
