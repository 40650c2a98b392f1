"""What real servers say when they say no: collected replies, each with its source, and a profile for each."""

from __future__ import annotations

from . import (
    asia,
    china,
    europe,
    gateways,
    google,
    hosters,
    logins,
    mailboxes,
    microsoft,
    relays,
    reported,
    servers,
    software,
)
from .making import profile_of
from .sample import Sample

__all__ = ["PREFIX", "PROFILES", "SAMPLES", "Sample"]

PREFIX = "reply:"

SAMPLES: tuple[Sample, ...] = (
    *microsoft.REPLIES,
    *google.REPLIES,
    *relays.REPLIES,
    *mailboxes.REPLIES,
    *europe.REPLIES,
    *china.REPLIES,
    *hosters.REPLIES,
    *servers.REPLIES,
    *gateways.REPLIES,
    *asia.REPLIES,
    *software.REPLIES,
    *reported.REPLIES,
    *logins.REPLIES,
)
PROFILES = {profile.name: profile for profile in (profile_of(sample, PREFIX) for sample in SAMPLES)}
