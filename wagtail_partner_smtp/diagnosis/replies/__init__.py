"""What providers really say: a catalogue of replies as data, and the judge who reads it.

Asked in this order: words that were collected, words of the field in whatever combination, enhanced codes to which
standards give one meaning. Where none of them are found, the codes decide.
"""

from __future__ import annotations

from .judging import judge
from .known import KnownReply

__all__ = ["KnownReply", "judge"]
