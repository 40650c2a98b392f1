"""The address of an endpoint, as HTTP names it."""

from __future__ import annotations

import pytest

from wagtail_partner_smtp.smtp.web_address import WebAddress


@pytest.mark.parametrize(
    ("text", "authority", "whole"),
    [
        ("https://login.example.com", "login.example.com", "https://login.example.com/"),
        (" https://Login.Example.com:443/token ", "login.example.com", "https://login.example.com/token"),
        ("https://a.example:8443/t?x=1", "a.example:8443", "https://a.example:8443/t?x=1"),
        ("https://[2001:DB8::1]/t", "[2001:db8::1]", "https://[2001:db8::1]/t"),
        ("https://[::1]:8443/t", "[::1]:8443", "https://[::1]:8443/t"),
    ],
)
def test_the_usual_port_is_not_named(text: str, authority: str, whole: str) -> None:
    address = WebAddress.parse(text)
    assert (address.authority, str(address)) == (authority, whole)
