"""A server that a test keeps from answering."""

from __future__ import annotations

import threading
from typing import Any

from tests.smtp.peers import Peer, Server, dialogue
from tests.support.accounts import make_partner
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.models import Partner


class SlowServer(Server):
    """It has ``taken`` a message, and says so once it ``may_answer``."""

    def __init__(self) -> None:
        self.taken, self.may_answer = threading.Event(), threading.Event()
        super().__init__(dialogue(DATA=self._take))

    def partner(self, settings: Any) -> Partner:
        """A saved partner whose server it is."""
        settings.PARTNER_SMTP_CA_FILE = None
        settings.PARTNER_SMTP_SEND_TIMEOUT = PATIENCE
        settings.PARTNER_SMTP_ALLOWED_NETWORKS = [f"127.0.0.1:{self.port}"]
        return make_partner(
            password="", smtp_login="", smtp_host="127.0.0.1", smtp_port=self.port, smtp_security="none"
        )

    def _take(self, peer: Peer) -> None:
        peer.send(b"354 go on\r\n")
        peer.read_data()
        self.taken.set()
        self.may_answer.wait(PATIENCE)
        peer.send(b"250 2.0.0 queued\r\n")
