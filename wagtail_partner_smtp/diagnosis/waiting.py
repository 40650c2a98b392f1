"""How long a server asks to wait, if it says so: from its words to seconds, and from seconds to ours."""

from __future__ import annotations

import re

from django.utils.translation import ngettext

LONGEST = 24 * 3600
"""Seconds. What names a longer time is no time to wait for."""

_UNITS = {
    1: "s sec secs second seconds sekunde sekunden seconde secondes секунд секунды 秒",
    60: "m min mins minute minutes minuten минут минуты 分钟",
    3600: "h hour hours stunde stunden heure heures час часа часов 小时",
}
_SECONDS = {word: seconds for seconds, words in _UNITS.items() for word in words.split()}
# One number and the word behind it: each is looked at once.
_TIME = re.compile(rf"(?<![\w.:/])(\d{{1,5}}) ?({'|'.join(sorted(_SECONDS, key=len, reverse=True))})(?!\w)")
_CLOCK = re.compile(r"(?<![\w.:])(\d{1,2}):([0-5]\d):([0-5]\d)(?![\w.:])")


def seconds_named(text: str) -> int:
    """The first time that a reply names, in seconds; 0 if it names none."""
    if clock := _CLOCK.search(text):
        hours, minutes, seconds = map(int, clock.groups())
        return _within(hours * 3600 + minutes * 60 + seconds)
    found = _TIME.search(text.casefold())
    return _within(int(found[1]) * _SECONDS[found[2]]) if found else 0


def duration(seconds: int) -> str:
    """Rounded up, in the current language."""
    if seconds < 60:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    minutes = -(-seconds // 60)
    if minutes < 120:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = -(-minutes // 60)
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


def _within(seconds: int) -> int:
    return seconds if seconds <= LONGEST else 0
