"""The connection test beside a bare smtplib conversation of the same steps."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from statistics import median

from smtp_sandbox import Listener, Sandbox
from tests.benchmarks.proxy import Proxy, proxied
from wagtail_partner_smtp import connection_test
from wagtail_partner_smtp.smtp import Policy, Security, SMTPSettings

LOGIN, PASSWORD, EMAIL = "billing", "correct horse battery staple", "billing@acme.example"
DELAYS = (0.0, 0.025)
SECURITY = {"plain": Security.NONE, "ssl": Security.SSL, "starttls": Security.TLS}


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Milliseconds (median) and round trips of one conversation."""

    milliseconds: float
    round_trips: int


@cache
def trusting(ca_file: str) -> ssl.SSLContext:
    """Made once, as the connection test does: loading the system's certificates is no conversation."""
    context = ssl.create_default_context()
    context.load_verify_locations(ca_file)
    return context


def bare(port: int, security: Security, ca_file: str) -> None:
    """What anybody would write with smtplib: the certificate is verified, nothing is explained."""
    context = trusting(ca_file)
    name = "[127.0.0.1]"
    if security is Security.SSL:
        client: smtplib.SMTP = smtplib.SMTP_SSL("localhost", port, name, timeout=15, context=context)
    else:
        client = smtplib.SMTP("localhost", port, name, timeout=15)
    if security is Security.TLS:
        client.starttls(context=context)
    client.login(LOGIN, PASSWORD)
    client.mail(EMAIL)
    client.rcpt(EMAIL)
    client.rset()
    client.quit()


def ours(port: int, security: Security, ca_file: str) -> None:
    """The same through the connection test."""
    settings = SMTPSettings(
        host="localhost", port=port, login=LOGIN, password=PASSWORD, email=EMAIL, security=security
    )
    policy = Policy(allowed_networks=(f"127.0.0.1:{port}",), ca_file=ca_file, local_hostname="localhost")
    report = connection_test.run(settings, policy)
    assert report.deliverable, report.as_dict()


def compared(sandbox: Sandbox, listener: Listener, delay: float, runs: int) -> list[Figures]:
    """Of the connection test and of smtplib, in turn through the same proxy: noise is noise for both."""
    security, ca_file = SECURITY[listener.mode], str(sandbox.ca_file)
    times: list[list[float]] = [[], []]
    with proxied(listener.port, delay) as proxy:
        round_trips = [turns(talk, proxy, security, ca_file) for talk in (ours, bare)]
        for _ in range(runs):
            for talk, taken in zip((ours, bare), times, strict=True):
                started = time.perf_counter()
                talk(proxy.port, security, ca_file)
                taken.append((time.perf_counter() - started) * 1000)
    return [
        Figures(milliseconds=median(taken), round_trips=count)
        for taken, count in zip(times, round_trips, strict=True)
    ]


def turns(talk: Callable[[int, Security, str], None], proxy: Proxy, security: Security, ca_file: str) -> int:
    """The round trips of one conversation."""
    proxy.reset()
    talk(proxy.port, security, ca_file)
    return proxy.round_trips


def table(runs: int) -> Iterator[str]:
    """The lines of the comparison."""
    yield f"{'':22}{'test':>10}{'smtplib':>10}{'ratio':>8}   round trips"
    with Sandbox(users={LOGIN: PASSWORD}) as sandbox:
        for delay in DELAYS:
            for listener in (sandbox.plain, sandbox.ssl, sandbox.starttls):
                test, other = compared(sandbox, listener, delay, runs)
                name = f"{SECURITY[listener.mode].value}, {delay * 1000:g} ms each way"
                ratio = test.milliseconds / other.milliseconds
                yield (
                    f"{name:22}{test.milliseconds:>7.1f} ms{other.milliseconds:>7.1f} ms{ratio:>8.2f}"
                    f"   {test.round_trips} and {other.round_trips}"
                )
