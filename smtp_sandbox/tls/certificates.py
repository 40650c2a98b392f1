"""The certificates that a listener can show, each made when it is first asked for."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import trustme
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from ..sockets import is_ip_address
from .issuing import CA_ISSUERS, LOOPBACK, Request, Signer, issue, revocation_list, signer_of
from .keeping import kept_root

_ORGANIZATION = "smtp_sandbox"
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_HOST_NAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a server loads: a private key and the chain that it sends, leaf first, as PEM."""

    chain: bytes
    key: bytes

    @property
    def pem(self) -> bytes:
        """Key and chain in one file's worth of octets."""
        return self.key + self.chain


class Authority:
    """A certificate authority for one sandbox, and a second one that nobody trusts.

    ``names`` are the host names and IP addresses that its certificates hold beside those of loopback.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names: tuple[str, ...] = LOOPBACK
        self._made: dict[str, Shown] = {}
        self._lock = threading.RLock()
        self.add_names(names)

    @classmethod
    def kept(cls, path: str | Path, names: Iterable[str] = ()) -> Self:
        """The authority whose private key and certificate are in a file; it is made if there is none.

        Raises OSError, or ValueError for a file that others can read or write, or that holds no usable CA.
        """
        authority = cls(names)
        authority.root = kept_root(Path(path), _ORGANIZATION)
        return authority

    def add_names(self, names: Iterable[str]) -> None:
        """Issue certificates for these host names and IP addresses, too.

        Raises ValueError for what is neither; a name beyond ASCII is to be written as ``xn--…``.
        """
        wanted = tuple(names)
        for name in wanted:
            check_host(name)
        with self._lock:
            known = tuple(dict.fromkeys((*self.names, *wanted)))
            if known != self.names:
                self.names = known
                self._made.clear()

    @cached_property
    def root(self) -> trustme.CA:
        """The CA whose certificate is in ``Sandbox.ca_file``."""
        return trustme.CA(organization_name=_ORGANIZATION)

    @cached_property
    def stranger(self) -> trustme.CA:
        """The CA that is in nobody's trust store."""
        return trustme.CA(organization_name=f"{_ORGANIZATION} stranger")

    @cached_property
    def revoked(self) -> Signer:
        """The leaf on the revocation list."""
        return self.by_hand(common_name="localhost")

    @property
    def host_names(self) -> tuple[str, ...]:
        """Those of ``names`` that are no IP address."""
        return tuple(name for name in self.names if not is_ip_address(name))

    def by_hand(self, *, common_name: str, issuer: Signer | None = None, **fields: Any) -> Signer:
        """A hand-made certificate under the root, or another issuer."""
        request = Request(common_name=common_name, names=self.names, **fields)
        return issue(request, issuer or signer_of(self.root))

    def revocation_list(self) -> bytes:
        """The root's CRL, which holds the ``revoked`` certificate."""
        with self._lock:
            return revocation_list(signer_of(self.root), self.revoked)

    def ca_pem(self) -> bytes:
        """The root certificate."""
        with self._lock:
            return self.root.cert_pem.bytes()

    def show(self, name: str) -> Shown:
        """The certificate of that name. Raises KeyError, with the known names, for another one."""
        check_name(name)
        with self._lock:
            if name not in self._made:
                self._made[name] = CERTIFICATES[name](self)
            return self._made[name]


def check_host(name: str) -> None:
    """Raise ValueError for what is neither an IP address nor a host name in ASCII, which may begin with ``*.``."""
    if not (is_ip_address(name) or _HOST_NAME.fullmatch(name)):
        raise ValueError(f"not a host name or an IP address: {name!r}")


def check_name(name: str) -> None:
    """Raise KeyError, with the known names, for a certificate that cannot be made."""
    if name not in CERTIFICATES:
        raise KeyError(f"no certificate {name!r}; known are {', '.join(CERTIFICATES)}")


def _days(count: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=count)


def _trustme(leaf: trustme.LeafCert, extra: bytes = b"") -> Shown:
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    return Shown(chain + extra, leaf.private_key_pem.bytes())


def _hand_made(leaf: Signer, *issuers: Signer) -> Shown:
    return Shown(b"".join(signer.pem for signer in (leaf, *issuers)), leaf.key_pem)


def _untrusted_root(authority: Authority) -> Shown:
    return _trustme(authority.stranger.issue_cert(*authority.names), authority.stranger.cert_pem.bytes())


def _missing_intermediate(authority: Authority) -> Shown:
    # Every public CA's leaf names the place of its issuer; it is what tells this fault from an unknown CA.
    intermediate = authority.by_hand(common_name="Intermediate CA", is_ca=True)
    return _hand_made(authority.by_hand(common_name="localhost", issuer=intermediate, ca_issuers=CA_ISSUERS))


def _intermediate(authority: Authority, *, first_day: float = -400, last_day: float = 365) -> Shown:
    intermediate = authority.by_hand(
        common_name="Intermediate CA", is_ca=True, first_day=first_day, last_day=last_day
    )
    return _hand_made(authority.by_hand(common_name="localhost", issuer=intermediate), intermediate)


def _not_a_ca(authority: Authority) -> Shown:
    issuer = authority.by_hand(common_name="not-a-ca.example")
    return _hand_made(authority.by_hand(common_name="localhost", issuer=issuer), issuer)


def _wrong_purpose(authority: Authority) -> Shown:
    return _hand_made(authority.by_hand(common_name="localhost", purpose=ExtendedKeyUsageOID.CLIENT_AUTH))


def _weak_key(authority: Authority) -> Shown:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    return _hand_made(
        issue(Request(common_name="localhost", names=authority.names), signer_of(authority.root), key)
    )


CERTIFICATES: dict[str, Callable[[Authority], Shown]] = {
    "good": lambda a: _trustme(a.root.issue_cert(*a.names)),
    "intermediate": _intermediate,
    "expired": lambda a: _trustme(a.root.issue_cert(*a.names, not_before=_days(-400), not_after=_days(-30))),
    "not-yet": lambda a: _trustme(a.root.issue_cert(*a.names, not_before=_days(30), not_after=_days(400))),
    "expires-soon": lambda a: _trustme(
        a.root.issue_cert(*a.names, not_before=_days(-360), not_after=_days(3))
    ),
    "wrong-host": lambda a: _trustme(a.root.issue_cert("wrong-host.example")),
    "no-ip-san": lambda a: _trustme(a.root.issue_cert(*a.host_names)),
    "cn-only": lambda a: _trustme(a.root.issue_cert(common_name="localhost")),
    "untrusted": lambda a: _trustme(a.stranger.issue_cert(*a.names)),
    "untrusted-root": _untrusted_root,
    "self-signed": lambda a: _hand_made(issue(Request(common_name="localhost", names=a.names))),
    "missing-intermediate": _missing_intermediate,
    "expired-intermediate": lambda a: _intermediate(a, last_day=-30),
    "not-yet-intermediate": lambda a: _intermediate(a, first_day=30),
    "not-a-ca": _not_a_ca,
    "wrong-purpose": _wrong_purpose,
    "weak-key": _weak_key,
    "revoked": lambda a: _hand_made(a.revoked),
}
