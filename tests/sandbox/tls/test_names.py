"""For whom the certificates are: the address that is listened on, and names that were added."""

from __future__ import annotations

import socket
import ssl

import pytest
from cryptography import x509

from smtp_sandbox import Sandbox
from smtp_sandbox.tls.certificates import CERTIFICATES, Authority
from tests.sandbox.clients import connect
from tests.support.stopwatch import PATIENCE

NAMES = ("mail.example", "*.mail.example", "192.0.2.1", "2001:db8::1")
FOR_OTHERS = {"no-ip-san", "wrong-host", "cn-only"}


def names_in(authority: Authority, shown: str) -> set[str]:
    leaf = x509.load_pem_x509_certificates(authority.show(shown).chain)[0]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in names}


@pytest.mark.parametrize("shown", sorted(set(CERTIFICATES) - FOR_OTHERS))
def test_every_certificate_whose_fault_is_another_holds_the_names(shown: str) -> None:
    assert names_in(Authority(NAMES), shown) == {"localhost", "127.0.0.1", "::1", *NAMES}


def test_one_without_addresses_holds_the_names_alone() -> None:
    assert names_in(Authority(NAMES), "no-ip-san") == {"localhost", "mail.example", "*.mail.example"}


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
def test_the_address_that_is_listened_on_is_verified(mode: str) -> None:
    with Sandbox(host="127.0.0.2", names=["mail.example"]) as sandbox:
        listener = getattr(sandbox, mode)
        assert listener.host == "127.0.0.2"
        connect(listener).quit()

        encrypted = sandbox.client_context().wrap_socket(
            socket.create_connection((sandbox.ssl.host, sandbox.ssl.port), timeout=PATIENCE),
            server_hostname="mail.example",
        )
        encrypted.close()


def test_a_name_that_was_not_added_is_refused() -> None:
    with Sandbox() as sandbox:
        with pytest.raises(ssl.SSLCertVerificationError) as error:
            sandbox.client_context().wrap_socket(
                socket.create_connection((sandbox.ssl.host, sandbox.ssl.port), timeout=PATIENCE),
                server_hostname="mail.example",
            )
        assert error.value.verify_code == 62

        sandbox.authority.add_names(["mail.example"])
        sandbox.client_context().wrap_socket(
            socket.create_connection((sandbox.ssl.host, sandbox.ssl.port), timeout=PATIENCE),
            server_hostname="mail.example",
        ).close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "127.0.0.1", "localhost"])  # noqa: S104
def test_an_address_that_is_everywhere_is_no_name(host: str) -> None:
    assert Sandbox(host=host).authority.names == ("localhost", "127.0.0.1", "::1")


@pytest.mark.parametrize(
    "name",
    ["", "my_mail", "a..b", "-a", "a b", "a@b", "http://a", "a:25", "müller.example", "*", "*.", "[::1]"],
)
def test_what_is_no_name_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="not a host name or an IP address"):
        Sandbox(names=[name])
