"""Servers that support groups of commands and chunks in their own way, or not at all (RFC 2920, RFC 3030)."""

from __future__ import annotations

from ..profiles import EXTENSIONS, Profile
from ..rules import on


def _without(*names: str) -> tuple[str, ...]:
    return tuple(name for name in EXTENSIONS if name not in names)


PROFILES = (
    Profile("no-pipelining", extensions=_without("PIPELINING"), summary="no PIPELINING; refuses groups"),
    Profile("no-chunking", extensions=_without("CHUNKING"), summary="no CHUNKING; does not know BDAT"),
    # RFC 6531 3.1: SMTPUTF8 is not without it.
    Profile(
        "no-8bitmime", extensions=_without("8BITMIME", "SMTPUTF8"), summary="no 8BITMIME and so no SMTPUTF8"
    ),
    Profile("no-smtputf8", extensions=_without("SMTPUTF8"), summary="no SMTPUTF8"),
    Profile(
        "pipelining-refused",
        unspoken=("PIPELINING",),
        summary="lists PIPELINING, and refuses each command that has another one behind it with 503",
    ),
    Profile(
        "pipelining-drops",
        on("*", grouped=True, drop="fin"),
        summary="lists PIPELINING, and closes when two commands come at once",
    ),
    Profile(
        "chunking-refused",
        on("BDAT", reply="502 5.5.1 Command not implemented"),
        summary="lists CHUNKING, and refuses each BDAT with 502",
    ),
    Profile(
        "chunking-unknown",
        unspoken=("CHUNKING",),
        summary="lists CHUNKING, answers BDAT with 500 and takes the chunk for commands",
    ),
    Profile("chunking-drops", on("BDAT", drop="fin"), summary="lists CHUNKING, and closes at the first BDAT"),
    Profile("chunking-late", on("BDAT", delay=1.0), summary="takes 1 s to answer a BDAT"),
    Profile(
        "bdat-exim",
        no_recipients="503-5.5.1 No recipient was taken\r\n503 5.5.1 RCPT must come first",
        bdat_failure_ends=False,
        summary="leaves the transaction open after a refused BDAT: 503 to MAIL until RSET",
    ),
    Profile(
        "data-354-anyway",
        data_without_recipients=True,
        summary="says 354 to DATA though every recipient was refused, and 554 after the message",
    ),
    *(
        Profile(
            f"rcpt-limit-100{suffix}",
            on("RCPT", per="message", skip=100, reply=reply),
            summary=f"takes 100 recipients of a message, and refuses further ones with {reply[:3]}",
        )
        for suffix, reply in {
            "": "452 4.5.3 Too many recipients",
            # RFC 5321 4.5.3.1.10: what RFC 821 said in its place, and what some say.
            "-552": "552 5.5.3 Too many recipients",
            "-550": "550 5.5.3 Too many recipients",
        }.items()
    ),
)
