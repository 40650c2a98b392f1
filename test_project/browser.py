"""The browser of the tests and the screenshots."""

from __future__ import annotations

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")


def installed() -> str | None:
    """The path of a Chromium of the machine."""
    return next(filter(None, map(shutil.which, NAMES)), None)
