"""Collected replies as a session would meet them."""

from __future__ import annotations

import re

from smtp_sandbox.catalogue.replies import SAMPLES, Sample
from wagtail_partner_smtp.smtp.errors import Code
from wagtail_partner_smtp.smtp.judging import Refusal
from wagtail_partner_smtp.smtp.reply import Redactor, Reply, enhanced_code, heard
from wagtail_partner_smtp.smtp.stages import Stage

BY_ID = {sample.id: sample for sample in SAMPLES}
STAGES = {
    "BANNER": Stage.CONNECT,
    "EHLO": Stage.EHLO,
    "STARTTLS": Stage.STARTTLS,
    "AUTH": Stage.AUTH,
    "MAIL": Stage.MAIL,
    "RCPT": Stage.RCPT,
    "DATA": Stage.DATA,
    "DATA-END": Stage.DATA,
    "NEXT-MAIL": Stage.MAIL,
}
IN_A_MAIL = {Stage.MAIL, Stage.RCPT, Stage.DATA}
# What stands for the code that a session has by numbers alone: it must be left where no words are known.
BY_NUMBERS = Code.DATA_REFUSED


def reply_of(octets: bytes, *, shown_only: bool = False) -> Reply:
    """As a session reads it after a login. ``shown_only``: as if only what is shown had been heard."""
    lines = [line[4:] for line in octets.split(b"\r\n")]
    redactor = Redactor("user@example.org", "correct horse")
    redactor.auth_began = True
    raw = b" ".join(lines)
    text = redactor.clean(raw)
    return Reply(
        code=int(octets[:3]),
        enhanced_code=enhanced_code(text),
        text=text,
        heard="" if shown_only else heard(raw),
    )


def refusal_of(sample: Sample, *, encrypted: bool = True, reply: Reply | None = None) -> Refusal:
    """Over TLS, logged in where that comes before, with the host under which the site knows the server."""
    stage = STAGES[sample.place]
    return Refusal(
        code=BY_NUMBERS,
        stage=stage,
        reply=reply or reply_of(sample.octets),
        names=(sample.host or "localhost",),
        encrypted=encrypted,
        has_login=True,
        authenticated=stage in IN_A_MAIL,
    )


def other_case(text: str) -> str:
    """Letters in the other case, but not in what has a meaning by case."""
    return re.sub(r"[A-Za-z]+", lambda word: word.group().swapcase(), text)
