"""Makes the tables of ``docs/diagnosis.md``: what each cause says and does, and what each collected reply means.

``python -m tests.diagnosis.replies.page`` writes them (``make diagnosis``); a test compares.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import django

from tests.support.paths import DOCS

if TYPE_CHECKING:
    from wagtail_partner_smtp.diagnosis.sentence import Sentence

PAGE = DOCS / "diagnosis.md"
_CONSEQUENCES = {
    "retry_soon": "this message is tried again soon",
    "retry_later": "no mail of the partner is tried for a while",
    "stop_partner": "no mail of the partner is tried until its account, its domain or the site was corrected",
    "fail_message": "the message is given up",
    "fail_recipient": "the recipient is given up",
}
_SAID_TO = {"BANNER": "greeting", "DATA-END": "message", "NEXT-MAIL": "second MAIL"}


def written(page: str) -> str:
    """``page`` with its tables as the code has them now."""
    page = _filled(page, "causes", causes())
    page = _filled(page, "variants", variants())
    page = _filled(page, "consequences", consequences())
    return _filled(page, "replies", replies())


def causes() -> Iterator[str]:
    """A row for each sentence."""
    from wagtail_partner_smtp.diagnosis import SENTENCES, reaching, values
    from wagtail_partner_smtp.smtp.inspector import worth_a_look

    yield "| code | what the editor reads | hint | field | suggestion |"
    yield "|---|---|---|---|---|"
    for code, sentence in SENTENCES.items():
        yield _row(f"`{code}`", sentence, "yes" if worth_a_look(code, None) else "")
    for (code, stage), sentence in reaching.BY_STAGE.items():
        yield _row(f"`{code} ({stage})`", sentence, "yes" if worth_a_look(code, stage) else "")
    for code, sentence in values.OF_A_MESSAGE.items():
        yield _row(f"`{code} (message)`", sentence, "")


def variants() -> Iterator[str]:
    """What is said instead where the case itself tells more."""
    from wagtail_partner_smtp.diagnosis import accounts, limits, reaching, sending

    yield "| where | what the editor reads | hint | field | suggestion |"
    yield "|---|---|---|---|---|"
    for code, sentence in accounts.LOGGED_IN.items():
        yield _row(f"a login is set: `{code}`", sentence, "")
    for left_out, sentences in accounts.LEFT_OUT.items():
        for code, sentence in sentences.items():
            yield _row(f"a login is set, and was not sent (`{left_out}`): `{code}`", sentence, "")
    yield _row("the connection is encrypted: `auth_not_offered`", sending.NO_LOGIN_BEHIND_ENCRYPTION, "yes")
    for (code, stage), sentence in reaching.ENCRYPTED.items():
        can_suggest = "yes" if stage == "connect" else ""
        yield _row(f"the connection is encrypted: `{code} ({stage})`", sentence, can_suggest)
    for code, sentence in limits.WITH_WAIT.items():
        yield _row(f"a time is named: `{code}`", sentence, "")


def consequences() -> Iterator[str]:
    """The codes by what is done with mail that waits."""
    from wagtail_partner_smtp.diagnosis.consequences import BY_CODE, Consequence

    yield "| waiting mail | codes |"
    yield "|---|---|"
    for meant in Consequence:
        codes = ", ".join(f"`{code}`" for code, each in BY_CODE.items() if each is meant)
        yield f"| {_CONSEQUENCES[meant.value]} | {codes} |"


def replies() -> Iterator[str]:
    """A table for each provider: what it says, to which command, and what that means."""
    from smtp_sandbox.catalogue.replies import SAMPLES

    for provider in dict.fromkeys(sample.provider for sample in SAMPLES):
        yield ""
        yield f"### {provider}"
        yield ""
        yield "| said to | reply | means | profile, and where it was seen |"
        yield "|---|---|---|---|"
        for sample in SAMPLES:
            if sample.provider == provider:
                words = "<br>".join(map(_literal, sample.reply.split("\r\n")))
                place = _SAID_TO.get(sample.place, sample.place)
                profile = f"[`{sample.id}`]({sample.source.replace('|', '%7C').replace(' ', '%20')})"
                yield f"| {place} | {words} | {meaning(sample.id)} | {profile} |"


def meaning(name: str) -> str:
    """The cause of a collected reply, over TLS and after a login, and the field to look at."""
    from tests.diagnosis.replies.samples import BY_ID, BY_NUMBERS, refusal_of
    from wagtail_partner_smtp.diagnosis import SENTENCES
    from wagtail_partner_smtp.diagnosis.replies import judge

    code = judge(refusal_of(BY_ID[name])).code
    if code is BY_NUMBERS:
        return "*by its numbers*"
    field = SENTENCES[code].field
    return f"`{code}`" + (f", `{field}`" if field else "")


def _filled(page: str, name: str, lines: Iterator[str]) -> str:
    begin, end = f"<!-- {name}: made by tests/diagnosis/replies/page.py -->", f"<!-- {name}: end -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return "\n".join([f"{before}{begin}", "", *lines, "", f"{end}{after}"])


def _row(name: str, sentence: Sentence, suggestion: str) -> str:
    field = f"`{sentence.field}`" if sentence.field else ""
    cells = (name, _in_markdown(sentence.message), _in_markdown(sentence.hint), field, suggestion)
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


def _in_markdown(text: object) -> str:
    return re.sub(r"%\((\w+)\)s", r"*\1*", str(text)).replace("_", r"\_")


def _literal(line: str) -> str:
    ticks = "``" if "`" in line else "`"
    inner = f" {line} " if "`" in line else line
    return ticks + inner.replace("|", r"\|") + ticks


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "test_project.settings")
    django.setup()
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
