"""TLS contexts for listeners and for their clients."""

from __future__ import annotations

import os
import ssl
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..profiles import Profile, TLSName
from .certificates import Authority, Shown

_VERSIONS: dict[TLSName, ssl.TLSVersion] = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
_OBSOLETE = ("TLSv1", "TLSv1.1")


@contextmanager
def as_file(data: bytes) -> Iterator[Path]:
    """The data as a temporary file, because OpenSSL loads keys from files only."""
    handle, name = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        yield Path(name)
    finally:
        os.unlink(name)


class Contexts:
    """Servers' contexts, made at the first handshake and shared by listeners whose TLS is the same."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._made: dict[tuple[object, ...], ssl.SSLContext] = {}

    def get(self, profile: Profile, certificate: str) -> ssl.SSLContext:
        """The context for a profile that shows this certificate."""
        versions = (profile.tls_min, profile.tls_max)
        key = (certificate, self._authority.names, versions, profile.ciphers, profile.client_certificate)
        if key not in self._made:
            self._made[key] = server_context(profile, self._authority, certificate)
        return self._made[key]


def check_settings(profile: Profile) -> None:
    """Raise ValueError for versions and ciphers that OpenSSL does not have."""
    # A context takes its time, and each sandbox begins with three listeners.
    if not (profile.ciphers or profile.tls_min or profile.tls_max):
        return
    try:
        _bare_context(profile, "")
    except (ValueError, ssl.SSLError) as error:
        given = {name: getattr(profile, name) for name in ("tls_min", "tls_max", "ciphers")}
        settings = ", ".join(f"{name}={value!r}" for name, value in given.items() if value)
        advice = "ciphers are written as for `openssl ciphers`, for example ECDHE+AESGCM"
        raise ValueError(f"OpenSSL refuses {settings}: {error.args[-1]}; {advice}") from error


def server_context(profile: Profile, authority: Authority, certificate: str) -> ssl.SSLContext:
    """The context of a listener. Raises KeyError for an unknown certificate."""
    context = _bare_context(profile, certificate)
    load(context, authority.show(certificate))
    if profile.client_certificate:
        context.load_verify_locations(cadata=authority.ca_pem().decode())
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _bare_context(profile: Profile, certificate: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if profile.ciphers or certificate == "weak-key" or profile.tls_max in _OBSOLETE:
        # OpenSSL's default level refuses small keys and TLS before 1.2 on the server's own side.
        context.set_ciphers(f"{profile.ciphers or 'DEFAULT'}:@SECLEVEL=0")
    _limit_versions(context, profile)
    return context


def client_context(authority: Authority, *, certificate: bool = False) -> ssl.SSLContext:
    """A context as ``ssl.create_default_context`` makes it, that trusts the sandbox's CA and nobody else.

    With ``certificate`` it has a client certificate of that CA.
    """
    context = ssl.create_default_context(cadata=authority.ca_pem().decode())
    # As everywhere but in Debian's Python, which leaves it to the system.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate:
        load(context, authority.show("wrong-purpose"))
    return context


def load(context: ssl.SSLContext, shown: Shown) -> None:
    """Put key and chain into the context."""
    with as_file(shown.pem) as path:
        context.load_cert_chain(path)


def _limit_versions(context: ssl.SSLContext, profile: Profile) -> None:
    with warnings.catch_warnings():
        # To offer an obsolete version is the point.
        warnings.simplefilter("ignore", DeprecationWarning)
        if profile.tls_min:
            context.minimum_version = _VERSIONS[profile.tls_min]
        if profile.tls_max:
            context.maximum_version = _VERSIONS[profile.tls_max]
