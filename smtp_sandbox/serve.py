"""``serve``: listeners for people and for programs in other languages."""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .catalogue import PROFILES, named
from .inbox import Inbox
from .listener import Listener
from .profiles import MODES, Mode, Overrides
from .sandbox import Sandbox
from .tls.certificates import Authority
from .tls.keeping import holds_key
from .tokens import Token

if TYPE_CHECKING:
    from .oauth.server import OAuthServer

DEFAULT_USERS = {"user": "pass"}

_LISTENER = re.compile(r"(?P<profile>(?:reply:)?[\w-]+)(:(?P<mode>\w+))?(@(?P<port>\d{1,5}))?")


def serve(arguments: argparse.Namespace) -> int:
    """Open the listeners, say where they are, and wait for SIGINT or SIGTERM.

    Returns 0, or 2 for a wrong argument, a port that cannot be had or a package that is missing.
    """
    try:
        with _until_signal() as interrupted, _sandbox(arguments) as sandbox:
            wanted = _wanted(arguments)
            if arguments.fault_addresses and not any(named(name).speaks_smtp for name, _, _ in wanted):
                raise ValueError("--fault-addresses is about listeners that speak SMTP; there is none")
            listeners = [
                sandbox.listen(name, mode=mode, port=port, **_overrides(name, arguments))
                for name, mode, port in wanted
            ]
            ca_file = _ca_file(sandbox, arguments.ca_out)
            inbox = Inbox(sandbox)
            _open_inbox(inbox, arguments)
            oauth = _oauth(sandbox, arguments)
            if arguments.json:
                print(_as_json(sandbox, listeners, ca_file, inbox, oauth), flush=True)
            else:
                print(*_table(listeners), *_notes(arguments, ca_file, inbox, oauth), sep="\n", flush=True)
            interrupted.wait()
    except (KeyError, ValueError, OSError, ModuleNotFoundError) as error:
        print(f"smtp_sandbox: {error.args[0] if isinstance(error, KeyError) else error}", file=sys.stderr)
        return 2
    return 0


@contextmanager
def _until_signal() -> Iterator[threading.Event]:
    interrupted = threading.Event()
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {kind: signal.signal(kind, lambda *_: interrupted.set()) for kind in kinds}
    try:
        yield interrupted
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _sandbox(arguments: argparse.Namespace) -> Sandbox:
    users = read_users(_text(arguments.users)) if arguments.users else DEFAULT_USERS
    tokens = read_tokens(_text(arguments.tokens)) if arguments.tokens else {}
    authority = Authority.kept(arguments.ca_in) if arguments.ca_in else Authority()
    authority.add_names(arguments.name)
    return Sandbox(
        users,
        tokens=tokens,
        keep=arguments.keep,
        host=arguments.host,
        authority=authority,
        store=arguments.store,
        honest=False,
    )


def _text(path: str) -> str:
    try:
        # Editors of Windows begin a file with a byte order mark.
        return Path(path).read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8: {error}") from error


def _open_inbox(inbox: Inbox, arguments: argparse.Namespace) -> None:
    if arguments.web is not None:
        inbox.open(arguments.web, host=arguments.web_host or "localhost", token=arguments.web_token or "")
    elif arguments.web_host or arguments.web_token:
        raise ValueError("--web-host and --web-token are about the inbox that --web opens")


def _oauth(sandbox: Sandbox, arguments: argparse.Namespace) -> OAuthServer | None:
    if arguments.oauth is None:
        if arguments.oauth_fault:
            raise ValueError("--oauth-fault is about the server that --oauth opens")
        return None
    server = sandbox.open_oauth(arguments.oauth)
    for name in arguments.oauth_fault:
        server.fail(name)
    return server


def read_users(text: str) -> dict[str, str]:
    """Lines of ``name:password``; blank lines and lines that begin with # are left out. Raises ValueError."""
    lines = list(_lines(text))
    if not all(":" in line for line in lines):
        raise ValueError("a line of the users' file is name:password")
    if not lines:
        raise ValueError("the users' file names nobody")
    return dict(line.split(":", 1) for line in lines)


def read_tokens(text: str) -> dict[str, Token]:
    """Lines of ``name:token``, with ``:seconds`` if it expires so long after now. Raises ValueError."""
    return dict(map(_token, _lines(text)))


def _token(line: str) -> tuple[str, Token]:
    name, _, rest = line.partition(":")
    value, _, seconds = rest.partition(":")
    if not (name and value):
        raise ValueError("a line of the tokens' file is name:token or name:token:seconds")
    if not re.fullmatch(r"(-?[0-9]{1,9}(\.[0-9]+)?)?", seconds):
        raise ValueError(f"not a number of seconds in the tokens' file: {seconds!r}")
    return name, Token.lasting(value, float(seconds)) if seconds else Token(value)


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line.strip() and not line.startswith("#"))


def _wanted(arguments: argparse.Namespace) -> list[tuple[str, Mode, int]]:
    every = [(profile.name, mode, 0) for profile in PROFILES.values() for mode in profile.modes]
    texts = arguments.listeners or ([] if arguments.all else ["honest"])
    named_ones = [one for text in texts for one in parse_listener(text)]
    return [*named_ones, *(every if arguments.all else [])]


def parse_listener(text: str) -> list[tuple[str, Mode, int]]:
    """Read ``PROFILE[:MODE][@PORT]``; without a mode all modes of the profile, or with a port the first.

    Raises ValueError for a wrong form or mode, KeyError for an unknown profile.
    """
    match = _LISTENER.fullmatch(text)
    if not match or (match["mode"] or "plain") not in MODES or int(match["port"] or 0) > 65535:
        raise ValueError(f"not PROFILE[:MODE][@PORT]: {text!r}")
    name, port = match["profile"], int(match["port"] or 0)
    modes = named(name).sensible_modes
    if match["mode"] in modes:
        return [(name, cast(Mode, match["mode"]), port)]
    if match["mode"]:
        advice = " or ".join(f"{name}:{mode}" for mode in modes)
        raise ValueError(f"{name} makes no sense in mode {match['mode']}; write {advice}")
    return [(name, mode, port) for mode in (modes[:1] if port else modes)]


def _overrides(name: str, arguments: argparse.Namespace) -> Overrides:
    return {"fault_addresses": True} if arguments.fault_addresses and named(name).speaks_smtp else {}


def _table(listeners: list[Listener]) -> Iterator[str]:
    for at in listeners:
        yield f"{at.host}:{at.port:<6} {at.mode:9} {at.profile.name:22} {at.profile.summary}"


def _ca_file(sandbox: Sandbox, wanted: str | None) -> str:
    """Absolute path of the certificate to trust."""
    if not wanted:
        return sandbox.ca_file
    # The sandbox's own file is gone when it ends.
    path = Path(wanted).absolute()
    if path.exists() and holds_key(path.read_bytes()):
        raise ValueError(f"{path} holds a private key, which --ca-out would overwrite")
    path.write_bytes(sandbox.authority.ca_pem())
    return str(path)


def _notes(
    arguments: argparse.Namespace, ca_file: str, inbox: Inbox, oauth: OAuthServer | None
) -> Iterator[str]:
    yield f"CA: {ca_file}"
    if not arguments.users:
        yield "Login: " + ", ".join(f"{name} / {password}" for name, password in DEFAULT_USERS.items())
    if inbox.port:
        yield f"Inbox: {inbox.url}" + (f"?token={inbox.token}" if inbox.token else "")
    if oauth:
        client = oauth.client
        yield f"OAuth: {oauth.authorization_endpoint} {oauth.token_endpoint} scope smtp"
        yield f"OAuth client: {client.client_id} / {client.client_secret}"
    yield "Ctrl-C ends."


def _as_json(
    sandbox: Sandbox,
    listeners: list[Listener],
    ca_file: str,
    inbox: Inbox,
    oauth: OAuthServer | None,
) -> str:
    rows = [
        {"profile": at.profile.name, "mode": at.mode, "host": at.host, "port": at.port} for at in listeners
    ]
    users = sorted(sandbox.users)
    facts = {"listeners": rows, "ca_file": ca_file, "users": users, "web": None, "web_token": None}
    if inbox.port:
        facts |= {"web": inbox.url, "web_token": inbox.token or None}
    return json.dumps({**facts, "oauth": oauth and _addresses(oauth)})


def _addresses(oauth: OAuthServer) -> dict[str, object]:
    faces = {"": oauth, "microsoft": oauth.microsoft, "google": oauth.google}
    endpoints = {
        name: {
            "authorization_endpoint": face.authorization_endpoint,
            "token_endpoint": face.token_endpoint,
            "revocation_endpoint": face.revocation_endpoint,
            "introspection_endpoint": face.introspection_endpoint,
        }
        for name, face in faces.items()
    }
    client = {"client_id": oauth.client.client_id, "client_secret": oauth.client.client_secret}
    return {"issuer": oauth.issuer, **client, **endpoints.pop(""), **endpoints}
