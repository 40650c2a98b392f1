"""The OAuth server of a sandbox, as tests see it."""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
from collections.abc import Callable, Sequence
from typing import TypedDict, TypeVar, Unpack
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ..thread import LoopThread
from ..tls.trust import Trust
from ..tokens import Issued
from ..web_server import Request
from .catalogue import fault_named
from .core import Core, make_token
from .dialects import DIALECTS, Dialect, route
from .faults import Endpoint, Fault, Trouble
from .questions import Question
from .registry import Client, Grant, Registry
from .web import Asked, Port

T = TypeVar("T")
CLIENT_ID, CLIENT_SECRET = "sandbox-client", "sandbox-secret"


class Details(TypedDict, total=False):
    """The fields of a client, as keyword arguments."""

    name: str
    redirect_uris: set[str]
    scopes: set[str] | None
    grant_types: set[str]
    mailboxes: set[str]
    public_key: str
    secret_expired: bool


class Place:
    """One face of the server: where its endpoints are."""

    def __init__(self, port: Port, dialect: Dialect) -> None:
        self._port, self._dialect = port, dialect

    @property
    def issuer(self) -> str:
        """Who its ID tokens are of."""
        return self._port.origin

    @property
    def authorization_endpoint(self) -> str:
        """Where people are sent."""
        return self._at("authorization")

    @property
    def token_endpoint(self) -> str:
        """Where tokens are asked for."""
        return self._at("token")

    @property
    def revocation_endpoint(self) -> str:
        """Where they are taken back, or "" if there is no such place."""
        return self._at("revocation")

    @property
    def introspection_endpoint(self) -> str:
        """Where it is asked what a token is, or ""."""
        return self._at("introspection")

    def _at(self, endpoint: Endpoint) -> str:
        path = self._dialect.paths.get(endpoint, "")
        return f"{self._port.origin}{path}" if path else ""


class OAuthServer(Place):
    """HTTPS on a port of the sandbox; its tokens open mailboxes at XOAUTH2 and OAUTHBEARER.

    Made by ``Sandbox.oauth``. It is itself the plain face; ``microsoft`` and ``google`` are the same server in
    their words, with ``{tenant}`` in Microsoft's addresses. ``registry`` holds applications, tokens and habits,
    and ``client`` is an application that is always there.
    """

    client: Client

    def __init__(
        self,
        thread: LoopThread,
        trust: Trust,
        issued: Issued,
        people: Callable[[], Sequence[str]],
        *,
        host: str,
    ) -> None:
        self._thread, self._trust = thread, trust
        self.registry = Registry(issued, people)
        self._core = Core(self.registry)
        self._port = Port(self._core, trust, host)
        plain, microsoft, google = DIALECTS
        super().__init__(self._port, plain)
        self.microsoft, self.google = Place(self._port, microsoft), Place(self._port, google)
        self.reset()

    def open(self, address: str, port: int = 0) -> None:
        """Listen until the sandbox stops. Raises OSError if the port is taken."""
        self._thread.submit(self._port.open(address, port)).result()
        self._thread.at_stop(self._port.shut)

    @property
    def host(self) -> str:
        """A name that the good certificate holds."""
        return self._port.host

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port.port

    @property
    def ca_file(self) -> str:
        """Path of the certificate to trust; the file lives until the sandbox stops."""
        return self._trust.ca_file

    def client_context(self) -> ssl.SSLContext:
        """A client's context that trusts the sandbox's CA only."""
        return self._trust.client_context()

    @property
    def requests(self) -> tuple[Asked, ...]:
        """What has been asked of the endpoints since the last reset."""
        return tuple(self._port.requests)

    @property
    def connections(self) -> int:
        """How often somebody has connected, by TLS that worked, since the last reset."""
        return self._port.connections

    @property
    def faults(self) -> list[Trouble]:
        """Those in effect; to clear the list ends them."""
        return self._port.faults

    def token_requests(self, grant_type: str | None = None) -> tuple[Asked, ...]:
        """Those to the token endpoint, of a grant type."""
        return tuple(
            each
            for each in self.requests
            if each.endpoint == "token" and grant_type in (None, each.grant_type)
        )

    def wait_for_requests(self, count: int, timeout: float = 5.0) -> None:
        """Wait until so many have come since the last reset. Raises TimeoutError after ``timeout`` seconds."""

        async def wait() -> None:
            async with asyncio.timeout(timeout):
                await self._port.wait_for_requests(count)

        self._thread.submit(wait()).result()

    def fail(
        self,
        fault: Fault | str,
        *,
        times: int | None = None,
        skip: int = 0,
        grant_type: str | None = None,
    ) -> Trouble:
        """Have requests meet a fault, by name or value.

        The first ``skip`` pass, the next ``times`` (all, if None) meet it. ``grant_type`` limits it to token
        requests of that type. Raises KeyError for an unknown name.
        """
        known = fault_named(fault) if isinstance(fault, str) else fault
        trouble = Trouble(known, times=times, skip=skip, grant_type=grant_type)
        self.faults.append(trouble)
        return trouble

    def use_certificate(self, name: str) -> None:
        """Show another certificate from the next handshake on."""
        self._port.certificate = name

    def register(self, client_id: str, client_secret: str = "", **details: Unpack[Details]) -> Client:
        """Register an application, in place of another of that id."""
        client = Client(client_id=client_id, client_secret=client_secret, **details)
        self.registry.clients[client_id] = client
        return client

    def service_account(self, *mailboxes: str, address: str = "") -> str:
        """Register an account of Google's kind that may act for these mailboxes; returns its key as JSON.

        ``token_uri`` in it is that of ``google``.
        """
        address = address or f"mailer-{secrets.token_hex(4)}@sandbox.iam.gserviceaccount.com"
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.register(address, public_key=public.decode(), mailboxes=set(mailboxes))
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "sandbox",
                "private_key_id": secrets.token_hex(20),
                "private_key": private.decode(),
                "client_email": address,
                "client_id": str(secrets.randbelow(10**21)),
                "auth_uri": self.google.authorization_endpoint,
                "token_uri": self.google.token_endpoint,
                "universe_domain": "googleapis.com",
            },
            indent=2,
        )

    def consent(self, url: str, mailbox: str, *, allow: bool = True) -> str:
        """What a browser would do at that address: sign in, allow or deny. Returns where it is sent then.

        Raises ValueError, with the page, where nobody is sent anywhere. It is not among ``requests``.
        """
        parts = urlsplit(url)
        found = route(parts.path)
        if found is None:
            raise ValueError(f"no authorization endpoint: {url}")
        form = urlencode({"mailbox": mailbox, "decision": "allow" if allow else "deny"})
        request = Request("POST", f"{parts.path}?{parts.query}", body=form.encode())
        question = Question(request, self._port.origin, *found)
        response = self._run(lambda: self._core.answer(question))
        location = dict(response.headers).get("Location", "")
        if not location:
            raise ValueError(response.body.decode())
        return location

    def issue(
        self,
        mailbox: str,
        *,
        scope: str = "smtp",
        client: Client | None = None,
        lifetime: float | None = None,
    ) -> Grant:
        """An access and a refresh token, as if its owner had consented just now; ``lifetime`` is in seconds."""
        grant = Grant(
            client_id=(client or self.client).client_id,
            mailbox=mailbox,
            scope=scope,
            access_token=make_token(self.registry.token_length),
            refresh_token=make_token(64),
            expires_in=self.registry.lifetime if lifetime is None else lifetime,
        )
        self._run(lambda: self.registry.remember(grant))
        return grant

    def withdraw(self, mailbox: str) -> None:
        """The owner takes back every consent: neither access nor refresh tokens are good any more."""

        def withdraw() -> None:
            for grant in self.registry.grants:
                if grant.mailbox.lower() == mailbox.lower():
                    self.registry.revoke(grant)

        self._run(withdraw)

    def _run(self, action: Callable[[], T]) -> T:
        async def call() -> T:
            return action()

        return self._thread.submit(call()).result()

    def reset(self) -> None:
        """Forget applications, tokens, requests and faults, and take up the first habits again."""
        self.registry.issued.clear()
        fresh = Registry(self.registry.issued, self.registry.people)
        vars(self.registry).update(vars(fresh))
        self.client = self.register(CLIENT_ID, CLIENT_SECRET)
        for trouble in self._port.faults:
            trouble.release()
        self._port.faults.clear()
        self._port.requests.clear()
        self._port.connections = 0
        self._port.certificate = "good"

    def disconnect(self) -> None:
        """Abort every connection, from any thread."""
        self._thread.run(self._port.hang_up)
