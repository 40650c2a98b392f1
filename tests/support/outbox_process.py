"""A worker that a test kills: `python -m tests.support.outbox_process STAGE NUMBER`.

It delivers what is due. When it comes to the stage for the time NUMBER (from 1) it says so, and goes on after a
line of input.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import django

STAGES = ("claimed", "unmarked", "marked", "answered", "unwritten", "written", "closed")


class Pause:
    def __init__(self, stage: str, number: int) -> None:
        self.stage, self.left = stage, number

    def __call__(self, stage: str) -> None:
        if stage != self.stage:
            return
        self.left -= 1
        if self.left == 0:
            print(stage, flush=True)
            sys.stdin.readline()

    def before(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def paused(*arguments: Any, **options: Any) -> Any:
            self(stage)
            return function(*arguments, **options)

        return paused

    def after(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def paused(*arguments: Any, **options: Any) -> Any:
            result = function(*arguments, **options)
            self(stage)
            return result

        return paused


def deliver(stage: str, number: str) -> None:
    from wagtail_partner_smtp.outbox import sending
    from wagtail_partner_smtp.outbox.settling import Ledger
    from wagtail_partner_smtp.outbox.worker import Drain

    pause = Pause(stage, int(number))
    patched: Any = Ledger
    patched.hand_over = pause.after("marked", pause.before("unmarked", Ledger.hand_over))
    patched.settle = pause.after("unwritten", pause.before("answered", Ledger.settle))
    patched._written = pause.after("written", Ledger._written)
    patched.close = pause.before("closed", Ledger.close)
    sending.send = pause.before("claimed", sending.send)
    Drain().run()


if __name__ == "__main__":
    django.setup()
    deliver(*sys.argv[1:])
