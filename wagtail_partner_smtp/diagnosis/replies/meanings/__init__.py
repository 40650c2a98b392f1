"""What replies mean that nobody has collected yet: words of the field, in the languages that servers speak.

Each row needs words that leave little doubt. They are asked from the most telling cause to the least; where none
are found, the codes decide.
"""

from __future__ import annotations

from ..known import KnownReply
from . import content, limits, login, recipient, sender, site, trouble

REPLIES: tuple[KnownReply, ...] = (
    *login.REPLIES,
    *site.REPLIES,
    *sender.REPLIES,
    *limits.REPLIES,
    *recipient.UNKNOWN,
    *content.REPLIES,
    *trouble.REPLIES,
    *recipient.NOT_ALLOWED,
)
