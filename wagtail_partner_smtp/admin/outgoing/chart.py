"""Sent, deferred and failed mail per day, as bars: their places in a picture, drawn by the template."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ...models import PartnerQueue
from ...outbox import operations
from ...outbox.operations import DayCount

DAYS = 30
WIDTH, HEIGHT = 720, 160
"""Of the bars' field, in units of the picture."""

KINDS = ("sent", "deferred", "failed")
"""From the bottom of a bar to its top."""

_GAP = 4
_LEAST = 2  # of one message among thousands
_STEPS = (1, 2, 3, 4, 5, 6, 8)


@dataclass(frozen=True, kw_only=True)
class Block:
    """One kind of one day: a rectangle."""

    kind: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Label:
    """A day below the field; ``anchor`` is SVG's ``text-anchor``."""

    x: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Chart:
    """``counts`` are the days, the earliest first."""

    counts: list[DayCount]

    @property
    def width(self) -> int:
        return WIDTH

    @property
    def height(self) -> int:
        return HEIGHT

    @property
    def totals(self) -> list[tuple[str, str, int]]:
        """Kind, name and number of each series."""
        return [
            (kind, name, sum(getattr(day, kind) for day in self.counts)) for kind, name in names().items()
        ]

    def __bool__(self) -> bool:
        return any(number for _kind, _name, number in self.totals)

    @cached_property
    def top(self) -> int:
        """What the field's upper edge stands for: a round number above the highest bar."""
        highest = max((day.sent + day.deferred + day.failed for day in self.counts), default=0)
        power = 1
        while True:
            for step in _STEPS:
                if step * power >= highest:
                    return step * power
            power *= 10

    @property
    def blocks(self) -> list[Block]:
        return [block for number, day in enumerate(self.counts) for block in self._bar(number, day)]

    @property
    def labels(self) -> list[Label]:
        """The first day, one in the middle, the last."""
        slot = WIDTH // len(self.counts)
        middle = len(self.counts) // 2
        places = ((0, "start", 0), (middle, "middle", middle * slot + slot // 2), (-1, "end", WIDTH))
        return [
            Label(x=x, anchor=anchor, text=date_format(self.counts[number].day, "SHORT_DATE_FORMAT"))
            for number, anchor, x in places
        ]

    @property
    def rows(self) -> list[DayCount]:
        """For the table: the days on which anything happened, the last one first."""
        return [day for day in reversed(self.counts) if day.sent or day.deferred or day.failed]

    def _bar(self, number: int, day: DayCount) -> list[Block]:
        slot = WIDTH // len(self.counts)
        y, blocks = HEIGHT, []
        for kind in KINDS:
            count = getattr(day, kind)
            if count:
                height = max(_LEAST, round(HEIGHT * count / self.top))
                y -= height
                blocks.append(
                    Block(kind=kind, x=number * slot + _GAP // 2, y=y, width=slot - _GAP, height=height)
                )
        return blocks


def names() -> dict[str, str]:
    return {"sent": _("Sent"), "deferred": _("Deferred"), "failed": _("Failed or unknown")}


def chart_of(queues: Iterable[PartnerQueue] | None) -> Chart:
    """Of the last days, of these queues or of all."""
    return Chart(operations.per_day(DAYS, within=queues))
