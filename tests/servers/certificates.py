"""The certificates of the servers, as files."""

from __future__ import annotations

from pathlib import Path

import trustme

from smtp_sandbox.tls.certificates import Authority

# By what is wrong with them: the sandbox's names, and the codes.
FAULTS = {
    "untrusted": "certificate_unknown_issuer",
    "self-signed": "certificate_self_signed",
    "expired": "certificate_expired",
    "not-yet": "certificate_not_yet_valid",
    "wrong-host": "certificate_wrong_host",
    "cn-only": "certificate_without_names",
    "missing-intermediate": "certificate_chain_incomplete",
    "expired-intermediate": "certificate_chain_expired",
    "not-yet-intermediate": "certificate_chain_not_yet_valid",
    "not-a-ca": "certificate_issuer_invalid",
    "wrong-purpose": "certificate_wrong_purpose",
    "weak-key": "certificate_weak",
}


def write_certificates(directory: Path, addresses: dict[str, str]) -> None:
    """Key and chain of each name in ``name.pem``, the authority in ``ca.pem``.

    ``addresses`` are of more certificates, by their names; of those, ``untrusted…`` are by an unknown authority.
    """
    authority = Authority()
    files = {name: authority.show(name).pem for name in ("good", *FAULTS)}
    for name, address in addresses.items():
        issuer = authority.stranger if name.startswith("untrusted") else authority.root
        files[name] = _pem(issuer.issue_cert("localhost", address))
    files["ca"] = authority.ca_pem()
    for name, content in files.items():
        # Exim reads its key as the user that it runs as.
        (directory / f"{name}.pem").write_bytes(content)


def _pem(leaf: trustme.LeafCert) -> bytes:
    return leaf.private_key_and_cert_chain_pem.bytes()
