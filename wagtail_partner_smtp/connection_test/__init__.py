"""The connection test as the site knows it."""

from __future__ import annotations

from .report import ConnectionReport
from .runner import busy, rejected, run, unusable, without_password

__all__ = ["ConnectionReport", "busy", "rejected", "run", "unusable", "without_password"]
