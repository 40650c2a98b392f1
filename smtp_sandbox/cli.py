"""The command line: serve, list, probe."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
from collections.abc import Sequence

from . import __version__

# For services of continuous integration, whose images get variables and no command line.
VARIABLE = "SMTP_SANDBOX_ARGUMENTS"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status, 2 if what it depends on is missing.

    ``serve`` also has the arguments of the environment variable ``SMTP_SANDBOX_ARGUMENTS``, behind the others.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        words += shlex.split(os.environ.get(VARIABLE, "")) if words[:1] == ["serve"] else []
    except ValueError as error:
        print(f"smtp_sandbox: {VARIABLE}: {error}", file=sys.stderr)
        return 2
    arguments = _parsed(words)
    try:
        import aiosmtpd  # noqa: F401
        import trustme  # noqa: F401
    except ImportError as error:
        print(f"smtp_sandbox: {error}; pip install smtp-sandbox", file=sys.stderr)
        return 2
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; nothing is left for Python to flush at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    parser, serving = _parsers()
    # Listeners may stand between and behind the options, which those of the variable do.
    return serving.parse_intermixed_args(words[1:]) if words[:1] == ["serve"] else parser.parse_args(words)


def list_profiles(_: argparse.Namespace) -> int:
    """Print a table of the profiles, one of the OAuth server's faults, and the collected replies by provider."""
    from .catalogue import PROFILES

    width = max(map(len, PROFILES))
    for profile in PROFILES.values():
        print(f"{profile.name:{width}}  {','.join(profile.modes):18}  {profile.summary}")
    _list_faults()
    _list_replies()
    return 0


def _list_faults() -> None:
    from .oauth.catalogue import FAULTS

    print("\nOAuth server")
    width = max(map(len, FAULTS))
    for fault in FAULTS.values():
        print(f"  {fault.name:{width}}  {fault.summary}")


def _list_replies() -> None:
    from .catalogue.replies import PREFIX, SAMPLES

    providers = dict.fromkeys(sample.provider for sample in SAMPLES)
    for provider in providers:
        print(f"\n{provider}")
        for sample in SAMPLES:
            if sample.provider == provider:
                words = " ".join(sample.reply.split())
                print(f"  {PREFIX}{sample.id}  {sample.place}  {words}")


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"not a port from 0 to 65535: {text!r}")
    return int(text)


def _positive(text: str) -> int:
    if not re.fullmatch(r"0*[1-9][0-9]{0,8}", text):
        raise argparse.ArgumentTypeError(f"not a number from 1 on: {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text) or float(text) == 0:
        raise argparse.ArgumentTypeError(f"not a number of seconds: {text!r}")
    return float(text)


def _parsers() -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """That of all commands, and that of ``serve`` alone."""
    parser = argparse.ArgumentParser(prog="smtp_sandbox", description="An SMTP server for end-to-end tests.")
    parser.add_argument("--version", action="version", version=f"smtp-sandbox {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving = _add_serve(commands)
    commands.add_parser("list", help="list the profiles and faults").set_defaults(run=list_profiles)
    asking = commands.add_parser("probe", help="show what a server offers")
    asking.add_argument("address", metavar="HOST:PORT")
    asking.add_argument("--ssl", action="store_true", help="TLS from the first octet")
    asking.add_argument("--timeout", type=_seconds, default=5.0, metavar="SECONDS")
    asking.set_defaults(run=_probe)
    return parser, serving


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        "serve",
        help="open listeners until interrupted",
        epilog=f"The words of the environment variable {VARIABLE} are added to these arguments.",
    )
    parser.add_argument(
        "listeners", nargs="*", metavar="PROFILE[:MODE][@PORT]", help="default: honest in all modes"
    )
    parser.add_argument("--all", action="store_true", help="every profile in every mode where it makes sense")
    parser.add_argument("--users", metavar="FILE", help="lines of name:password; default: user:pass")
    parser.add_argument("--tokens", metavar="FILE", help="lines of name:token or name:token:seconds")
    parser.add_argument(
        "--oauth",
        type=_port,
        metavar="PORT",
        help="an OAuth server whose tokens the listeners accept (needs the extra oauth); 0 takes any port",
    )
    parser.add_argument(
        "--oauth-fault",
        action="append",
        default=[],
        metavar="NAME",
        help="a fault of the OAuth server, by a name that `list` shows; can be repeated",
    )
    parser.add_argument(
        "--ca-in",
        metavar="FILE",
        help="use the CA whose private key and certificate are in FILE, which is created if it does not exist",
    )
    parser.add_argument("--ca-out", metavar="FILE", help="write the certificate to trust")
    parser.add_argument(
        "--json", action="store_true", help="print one line of JSON when all listeners accept connections"
    )
    parser.add_argument(
        "--host", default="localhost", help="address to listen on (default: %(default)s, by IPv4 and IPv6)"
    )
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="NAME",
        help="another host name or IP address for the certificates, such as a container's; can be repeated",
    )
    parser.add_argument(
        "--keep", type=_positive, default=1000, metavar="N", help="messages to keep (default: %(default)s)"
    )
    parser.add_argument(
        "--store", metavar="DIR", help="write each message to a file in DIR before it is accepted"
    )
    parser.add_argument(
        "--fault-addresses",
        action="store_true",
        help="refuse recipients whose address says so, such as 550@example.org and 421@example.org",
    )
    parser.add_argument("--web", type=_port, metavar="PORT", help="an inbox for browsers, on loopback")
    parser.add_argument(
        "--web-host", metavar="HOST", help="another address for the inbox; whoever connects needs its token"
    )
    parser.add_argument(
        "--web-token", metavar="TOKEN", help="that token, of 16 or more characters (default: a random one)"
    )
    parser.set_defaults(run=_serve)
    return parser


def _probe(arguments: argparse.Namespace) -> int:
    from .probe import probe

    return probe(arguments.address, implicit_tls=arguments.ssl, timeout=arguments.timeout)


def _serve(arguments: argparse.Namespace) -> int:
    from .serve import serve

    return serve(arguments)
