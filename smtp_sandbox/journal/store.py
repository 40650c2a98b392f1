"""Messages as files, written before a client hears that its message was accepted."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from .records import Message


class Store:
    """A folder with one ``.eml`` file for each message, in the order of their names.

    A folder that is created is for its owner alone (mode 0700), as its files are (0600), since mail has secrets in
    it. Raises OSError if it cannot be written to.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).absolute()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self.folder):
            pass

    def write(self, message: Message) -> Path:
        """Keep a message: what its client sent below its envelope, and all of it or nothing.

        It has reached the disk when this returns. Raises OSError.
        """
        handle, name = tempfile.mkstemp(prefix=".incoming-", dir=self.folder)
        path = self.folder / f"{message.received:%Y%m%dT%H%M%S.%f}Z-{secrets.token_hex(4)}.eml"
        try:
            with open(handle, "wb") as file:
                file.write(_envelope(message) + message.data)
                file.flush()
                os.fsync(handle)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
        self._keep_names()
        return path

    def _keep_names(self) -> None:
        # On Windows a folder cannot be opened, and need not be.
        if os.name == "posix":
            handle = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _envelope(message: Message) -> bytes:
    recipients = "".join(f"Envelope-To: {recipient}\r\n" for recipient in message.rcpt_tos)
    return f"Return-Path: <{message.mail_from}>\r\n{recipients}".encode()
