"""The backend of PARTNER_SMTP_TRANSPORT, in place of the partners' servers."""

from __future__ import annotations

from django.utils.module_loading import import_string

from ..smtp.receipt import Receipt
from ..smtp.reply import Reply
from .envelope import Outgoing


def hand_over(path: str, outgoing: Outgoing, alias: str) -> Receipt:
    """Send the message through the backend at ``path``. Raises what that raises."""
    for name in {"connection", "_connection"} & vars(outgoing.message).keys():
        # The partners' backend itself, which locmem's deep copy cannot copy.
        vars(outgoing.message)[name] = None
    import_string(path)(alias=alias).send_messages([outgoing.message])
    reply = Reply(code=250, text=f"handed to {path}")
    return Receipt(reply=reply, accepted=tuple(outgoing.recipients))
