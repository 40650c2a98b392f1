"""The sample partners: where each one's server listens, and what testing it must find."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from smtp_sandbox import Profile, Sandbox, on

if TYPE_CHECKING:
    from smtp_sandbox import OAuthServer

LOGIN = "billing"
PASSWORD = "correct horse battery staple"
OAUTH_SLUG = "ivory"

# The recipients of the invoices are numbered.
EVERY_TENTH = Profile("every-tenth", on("RCPT", match="*0@*>*", reply="550 5.1.1 No such mailbox"))


@dataclass(frozen=True, kw_only=True)
class Sample:
    """``code`` is of the error, or of the warning that matters; "" if all is well.

    With ``provider`` it logs in by OAuth 2.0, without a ``port`` it has no server. ``shown`` is the state in the
    list, where that is not what the test finds: one is not tested, one is edited after its test.
    """

    slug: str
    name: str
    port: int | None
    security: str
    login: str = LOGIN
    password: str = field(default=PASSWORD, repr=False)
    provider: str = ""
    status: str = "ok"
    code: str = ""
    suggestion: dict[str, object] | None = None
    shown: str = ""

    @property
    def state(self) -> str:
        """In the list of partners, once the demonstration has tested what it tests."""
        return self.shown or self.status


def ports(samples: Iterable[Sample]) -> list[int]:
    """Where servers listen for them."""
    return [sample.port for sample in samples if sample.port]


def listen(sandbox: Sandbox) -> list[Sample]:
    """Open a listener for each sample."""
    return [*_working(sandbox), *_unfinished(sandbox), *_misconfigured(sandbox)]


def _working(sandbox: Sandbox) -> list[Sample]:
    scram = sandbox.listen(mode="starttls", auth=("SCRAM-SHA-256",))
    cram = sandbox.listen(mode="plain", auth=("CRAM-MD5",))
    open_relay = sandbox.listen(mode="plain", auth=())
    expires_soon = sandbox.listen(mode="starttls", certificate="expires-soon")
    every_tenth = sandbox.listen(EVERY_TENTH, mode="starttls")
    return [
        Sample(slug="acme", name="ACME (TLS)", port=sandbox.starttls.port, security="tls"),
        Sample(slug="borealis", name="Borealis (SSL)", port=sandbox.ssl.port, security="ssl"),
        Sample(slug="cumulus", name="Cumulus (TLS, SCRAM)", port=scram.port, security="tls"),
        Sample(slug="delta", name="Delta (no encryption, CRAM-MD5)", port=cram.port, security="none"),
        Sample(
            slug="estate",
            name="Estate (no encryption, no login)",
            port=open_relay.port,
            security="none",
            login="",
            password="",
            status="unproven",
            code="relay_not_tried",
        ),
        Sample(
            slug="fjord",
            name="Fjord (no encryption, password in clear text)",
            port=sandbox.plain.port,
            security="none",
            code="cleartext_password",
        ),
        Sample(
            slug="glacier",
            name="Glacier (certificate ends soon)",
            port=expires_soon.port,
            security="tls",
            code="certificate_expires_soon",
        ),
        Sample(
            slug="harbour",
            name="Harbour (refuses every tenth recipient)",
            port=every_tenth.port,
            security="tls",
        ),
    ]


def _unfinished(sandbox: Sandbox) -> list[Sample]:
    return [
        Sample(
            slug="kestrel",
            name="Kestrel (not set up)",
            port=None,
            security="tls",
            login="",
            password="",
            status="not_set_up",
            code="host_missing",
        ),
        Sample(
            slug="lagoon",
            name="Lagoon (untested)",
            port=sandbox.starttls.port,
            security="tls",
            shown="untested",
        ),
        Sample(
            slug="meadow",
            name="Meadow (changed since the test)",
            port=sandbox.starttls.port,
            security="tls",
            shown="changed",
        ),
        Sample(
            slug="nordic",
            name="Nordic (login not used)",
            port=sandbox.listen(mode="plain", auth=()).port,
            security="none",
            status="login_unused",
            code="auth_not_offered",
            suggestion={"smtp_port": sandbox.ssl.port, "smtp_security": "ssl"},
        ),
    ]


def _misconfigured(sandbox: Sandbox) -> list[Sample]:
    ssl, tls = sandbox.ssl.port, sandbox.starttls.port
    expired, expired_tls = (
        sandbox.listen(mode=mode, certificate="expired").port for mode in ("ssl", "starttls")
    )
    use_ssl = {"smtp_port": ssl, "smtp_security": "ssl"}
    use_tls = {"smtp_port": tls, "smtp_security": "tls"}
    failing = [
        ("wrong-password", "Wrong password", ssl, "ssl", "auth_failed", None),
        ("ssl-on-starttls", "SSL on the STARTTLS port", tls, "ssl", "tls_not_spoken", use_tls),
        ("starttls-on-ssl", "STARTTLS on the SSL port", ssl, "tls", "tls_expected", use_ssl),
        ("none-on-ssl", "No encryption on the SSL port", ssl, "none", "tls_expected", use_ssl),
        ("expired-tls", "Expired certificate (TLS)", expired_tls, "tls", "certificate_expired", None),
        ("closed-port", "Closed port", sandbox.listen("refuse").port, "tls", "connection_refused", use_ssl),
        (
            "not-a-mail-server",
            "Not a mail server",
            sandbox.listen("http").port,
            "tls",
            "wrong_service",
            use_ssl,
        ),
        ("ssh", "SSH instead of mail", sandbox.listen("ssh").port, "ssl", "wrong_service", use_ssl),
    ]
    return [
        Sample(
            slug="expired",
            name="Expired certificate (SSL)",
            port=expired,
            security="ssl",
            status="untrusted",
            code="certificate_not_verified",
        ),
        *(
            Sample(
                slug=slug,
                name=name,
                port=port,
                security=security,
                status="failed",
                code=code,
                suggestion=suggestion,
                password="not the password" if code == "auth_failed" else PASSWORD,
            )
            for slug, name, port, security, code, suggestion in failing
        ),
    ]


def oauth_samples(sandbox: Sandbox) -> list[Sample]:
    """At mail servers that take tokens only, before the mailboxes' owners have agreed to give any.

    The first is connected by the demonstration, the second by whoever looks at it.
    """
    names = {OAUTH_SLUG: "Ivory (OAuth 2.0)", "jasper": "Jasper (OAuth 2.0, to be connected)"}
    return [
        Sample(
            slug=slug,
            name=name,
            port=sandbox.listen("token-only", mode="starttls").port,
            security="tls",
            login=f"billing@{slug}.example",
            password="",
            provider="sandbox",
            status="failed",
            code="oauth_not_connected",
        )
        for slug, name in names.items()
    ]


def providers(server: OAuthServer) -> dict[str, dict[str, Any]]:
    """The setting ``PARTNER_SMTP_OAUTH`` of a site that has an application there."""
    return {
        "sandbox": {
            "label": "Sandbox",
            "client_id": server.client.client_id,
            "client_secret": server.client.client_secret,
            "authorization_endpoint": server.authorization_endpoint,
            "token_endpoint": server.token_endpoint,
            "revocation_endpoint": server.revocation_endpoint,
            "scopes": ["smtp", "openid", "email"],
            "hosts": ["localhost"],
        }
    }
