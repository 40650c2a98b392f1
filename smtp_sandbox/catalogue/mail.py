"""Faults of senders, recipients and messages."""

from __future__ import annotations

from ..profiles import Profile
from ..rules import on

PROFILES = (
    Profile(
        "mail-451",
        on("RCPT", times=1, reply="451 4.7.1 Greylisted, try again"),
        summary="refuses the first recipient for now, takes the next attempt (greylisting)",
    ),
    Profile("mail-550", on("MAIL", reply="550 5.7.1 Sender not allowed"), summary="refuses every sender"),
    Profile("rcpt-550", on("RCPT", reply="550 5.1.1 No such user"), summary="refuses every recipient"),
    Profile(
        "rcpt-partial",
        on("RCPT", match="*<unknown*", reply="550 5.1.1 No such user"),
        summary="refuses recipients that begin with `unknown`",
    ),
    Profile(
        "rcpt-452",
        on("RCPT", per="message", skip=1, reply="452 4.5.3 Too many recipients"),
        summary="takes one recipient of a message",
    ),
    Profile("size-552", size=1000, summary="takes messages of up to 1000 octets"),
    Profile(
        "data-554", on("DATA-END", reply="554 5.7.1 Message refused as spam"), summary="refuses every message"
    ),
    Profile(
        "drop-mid-data", on("DATA", after=100, drop="rst"), summary="resets after 100 octets of the message"
    ),
    Profile(
        "drop-after-dot", on("DATA-END", drop="fin"), summary="takes the message and closes without an answer"
    ),
    Profile(
        "421-mid-session",
        on("MAIL", per="session", skip=1, reply="421 4.3.2 Shutting down"),
        summary="closes with 421 at the second message of a session",
    ),
    Profile(
        "rate-limit",
        on("MAIL", per="session", skip=2, reply="450 4.7.1 Rate limit exceeded"),
        summary="refuses the third message of a session for now",
    ),
    Profile("throttle", on("*", delay=0.05), summary="takes 50 ms for each reply"),
)
