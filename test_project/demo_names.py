"""What the DNS says about the partners' domains, so that *Find settings* has something to find."""

from __future__ import annotations

from collections.abc import Sequence

from smtp_sandbox import Sandbox
from test_project.demo_samples import Sample
from test_project.name_server import NameServer

HOST = "localhost"


def tell_names(server: NameServer, samples: Sequence[Sample], sandbox: Sandbox) -> None:
    """The services of RFC 6186 and RFC 8314: each partner's own server, or for one that is misconfigured the
    right ones."""
    for sample in samples:
        domain = f"{sample.slug}.example"
        server.add(domain, "MX", f"10 {HOST}.")
        if sample.port and (sample.status == "ok" or sample.provider):
            service = "submissions" if sample.security == "ssl" else "submission"
            server.add_service(service, domain, HOST, sample.port)
        else:
            server.add_service("submissions", domain, HOST, sandbox.ssl.port)
            server.add_service("submission", domain, HOST, sandbox.starttls.port)
