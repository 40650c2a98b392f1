"""What the servers of a sandbox show, and what its clients need to trust them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from ssl import SSLContext

from .certificates import Authority
from .contexts import Contexts, client_context


class Trust:
    """One authority with its contexts, and with its certificate as files."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.contexts = Contexts(authority)
        self._files: dict[str, Path] = {}

    @property
    def ca_file(self) -> str:
        """Path of the certificate to trust."""
        return self._file("ca", self.authority.ca_pem)

    @property
    def crl_file(self) -> str:
        """Path of the same certificate with the revocation list that names "revoked"."""
        return self._file("crl", lambda: self.authority.ca_pem() + self.authority.revocation_list())

    def _file(self, name: str, content: Callable[[], bytes]) -> str:
        if name not in self._files:
            handle, path = tempfile.mkstemp(prefix=f"smtp_sandbox-{name}-", suffix=".pem")
            with open(handle, "wb") as file:
                file.write(content())
            self._files[name] = Path(path)
        return str(self._files[name])

    def client_context(self, *, certificate: bool = False) -> SSLContext:
        """A client's context that trusts this authority only; with a client certificate if asked for."""
        return client_context(self.authority, certificate=certificate)

    def remove_files(self) -> None:
        """Delete the files; they are made anew when they are asked for again."""
        while self._files:
            self._files.popitem()[1].unlink(missing_ok=True)
