"""Postfix: an instance of its own, with a port for each configuration of its SMTP server."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .certificates import FAULTS
from .daemon import EMAIL, LOGIN, NOBODY, MailServer, free_ports, running

Options = dict[str, str]

# What ports have in common. Postfix says what it has against a client or a sender at RCPT, if not told otherwise.
SSL: Options = {"smtpd_tls_wrappermode": "yes"}
STARTTLS: Options = {"smtpd_tls_security_level": "encrypt"}
CLEAR: Options = {"smtpd_tls_security_level": "none"}
LOGS_IN: Options = {"smtpd_sasl_auth_enable": "yes"}
NEEDS_LOGIN = LOGS_IN | {"smtpd_recipient_restrictions": "permit_sasl_authenticated, reject"}
AT_ONCE: Options = {"smtpd_delay_reject": "no"}
GREYLIST = LOGS_IN | {"smtpd_recipient_restrictions": "check_sender_access static:{{450 4.7.1 Later}}"}
INSISTS: Options = {"smtpd_tls_req_ccert": "yes", "smtpd_tls_CAfile": "{certificates}/ca.pem"}
COUNTS: Options = {"smtpd_client_event_limit_exceptions": ""}  # loopback is one by default


def versions(names: str) -> Options:
    return {"smtpd_tls_mandatory_protocols": names}


def mechanisms(names: str) -> Options:
    return SSL | LOGS_IN | {"smtpd_sasl_mechanism_filter": names}


def checks_sender(restriction: str) -> Options:
    return SSL | LOGS_IN | {"smtpd_sender_restrictions": restriction}


ODD_CIPHER: Options = versions("TLSv1.2") | {"tls_medium_cipherlist": "AES128-SHA"}

LISTENERS: dict[str, Options] = {
    # As they are found everywhere
    "incoming": {},
    "clear": CLEAR | NEEDS_LOGIN,
    "submission": STARTTLS | NEEDS_LOGIN,
    "submissions": SSL | NEEDS_LOGIN,
    "login-behind-tls": LOGS_IN | {"smtpd_tls_auth_only": "yes"},
    "login-anywhere": LOGS_IN,
    "trusting": {"smtpd_relay_restrictions": "permit_mynetworks, reject", "mynetworks": "127.0.0.0/8"},
    # Encryption
    **{f"{name}-starttls": STARTTLS | NEEDS_LOGIN | {
        "smtpd_tls_chain_files": f"{{certificates}}/{name}.pem"
    } for name in FAULTS},
    "untrusted-ssl": SSL | NEEDS_LOGIN | {"smtpd_tls_chain_files": "{certificates}/untrusted.pem"},
    "client-certificate-1.2-ssl": SSL | INSISTS | versions("TLSv1.2"),
    "client-certificate-1.3-ssl": SSL | INSISTS | versions("TLSv1.3"),
    "client-certificate-1.2-starttls": STARTTLS | INSISTS | versions("TLSv1.2"),
    "client-certificate-1.3-starttls": STARTTLS | INSISTS | versions("TLSv1.3"),
    "client-certificate-asked": SSL | NEEDS_LOGIN | {"smtpd_tls_ask_ccert": "yes"},
    "tls1.0-ssl": SSL | versions("TLSv1"),
    "tls1.1-starttls": STARTTLS | versions("TLSv1.1"),
    "tls1.2-starttls": STARTTLS | NEEDS_LOGIN | versions("TLSv1.2"),
    "tls1.3-ssl": SSL | NEEDS_LOGIN | versions("TLSv1.3"),
    "odd-cipher-ssl": SSL | ODD_CIPHER,
    "odd-cipher-starttls": STARTTLS | ODD_CIPHER,
    "no-starttls": NEEDS_LOGIN | {"smtpd_discard_ehlo_keywords": "starttls"},
    # Logins
    "scram": mechanisms("scram-sha-256"),
    "cram": mechanisms("cram-md5"),
    "login": mechanisms("login"),
    "unknown-mechanisms": mechanisms("digest-md5, xoauth2"),
    "one-login-a-minute": SSL | LOGS_IN | COUNTS | {"smtpd_client_auth_rate_limit": "1"},
    # Senders
    "owners-logged-in": checks_sender("reject_authenticated_sender_login_mismatch"),
    "owners-only": checks_sender("reject_sender_login_mismatch"),
    "knows-senders": SSL | LOGS_IN | {"smtpd_reject_unlisted_sender": "yes"},
    "greylist": SSL | GREYLIST,
    "greylist-at-mail": SSL | GREYLIST | AT_ONCE,
    "small": SSL | LOGS_IN | {"message_size_limit": "1000"},
    "full": SSL | LOGS_IN | {"queue_minfree": "100000000000000"},
    "owners-at-mail": SSL | LOGS_IN | AT_ONCE | {
        "smtpd_sender_restrictions": "reject_authenticated_sender_login_mismatch"
    },
    "ten-recipients": SSL | LOGS_IN | {"smtpd_recipient_limit": "10"},
    "refuses-spam": SSL | LOGS_IN | {
        "smtpd_end_of_data_restrictions": "check_recipient_access inline:{{spam@customer.example=554 5.7.1 Spam}}"
    },
    "ascii": SSL | LOGS_IN | {"smtputf8_enable": "no"},
    # Clients
    "refuses-client": AT_ONCE | {"smtpd_client_restrictions": "reject"},
    "refuses-client-ssl": SSL | AT_ONCE | {"smtpd_client_restrictions": "reject"},
    "refuses-client-late": {"smtpd_client_restrictions": "reject"},
    "defers-client": AT_ONCE | {"smtpd_client_restrictions": "defer"},
    "refuses-name": AT_ONCE | {"smtpd_helo_restrictions": "reject"},
    "refuses-name-late": {"smtpd_helo_restrictions": "reject"},
    "one-visit-a-minute": COUNTS | {"smtpd_client_connection_rate_limit": "1"},
}  # fmt: skip
# Greets in two lines, the second after two seconds, and hands on who has waited.
POSTSCREEN = "postscreen"
SCREENED = """\
{port} inet n - n - 1 postscreen -o postscreen_greet_wait=2s -o smtpd_service_name=screened
screened pass - - n - - smtpd
dnsblog unix - - n - 0 dnsblog
"""

MAIN = """\
compatibility_level = 3.6
queue_directory = {place}/queue
data_directory = {place}/data
maillog_file = {place}/postfix.log
maillog_file_prefixes = {place}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.org
mydestination =
mynetworks =
alias_maps =
alias_database =
virtual_mailbox_domains = example.org
virtual_mailbox_maps = regexp:{place}/mailboxes
virtual_mailbox_base = {place}/mail
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
default_transport = virtual
service_throttle_time = 1s
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:{logins}
smtpd_sender_login_maps = inline:{{ {{ {email} = {login} }} }}
smtpd_sasl_authenticated_header = yes
smtpd_tls_security_level = may
smtpd_tls_chain_files = {certificates}/good.pem
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
"""
SERVICES = """\
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
"""
# Everything that is accepted, for here or elsewhere, lands in one maildir.
MAILBOXES = r"""
/^(billing|ann)@example\.org$/ inbox/
/@customer\.example$/ inbox/
"""


@contextmanager
def postfix(place: Path, certificates: Path, logins: str, relay: int) -> Iterator[MailServer]:
    """``logins`` is address and port of Dovecot's; ``relay`` the port that takes everything from this machine."""
    ports = free_ports([*LISTENERS, POSTSCREEN]) | {"trusting": relay}
    configuration = place / "etc"
    for directory in (configuration, place / "queue", place / "data", place / "mail"):
        directory.mkdir()
    shutil.chown(place / "data", "postfix")
    shutil.chown(place / "mail", NOBODY)
    facts = {"place": place, "certificates": certificates, "logins": logins, "nobody": NOBODY}
    listeners = [_listener(ports[name], options, facts) for name, options in LISTENERS.items()]
    _write(configuration / "main.cf", MAIN.format(email=EMAIL, login=LOGIN, **facts))
    _write(
        configuration / "master.cf",
        "\n".join([*listeners, SCREENED.format(port=ports[POSTSCREEN]), SERVICES]),
    )
    _write(place / "mailboxes", MAILBOXES)
    _output("postfix", "-c", configuration, "check")  # makes the directories of the queue
    server = MailServer(
        host="localhost",
        ports=ports,
        place=place,
        inbox=place / "mail" / "inbox",
        ca_file=certificates / "ca.pem",
    )
    master = Path(_output("postconf", "-c", configuration, "-h", "daemon_directory"), "master")
    with running([master, "-d", "-c", configuration], server):
        yield server


def _listener(port: int, options: Mapping[str, str], facts: Mapping[str, Any]) -> str:
    given = "".join(f"\n  -o {{ {name} = {value.format_map(facts)} }}" for name, value in options.items())
    return f"{port} inet n - n - - smtpd{given}"


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    # Postfix waits for two seconds beside a file that somebody may be writing just now.
    os.utime(path, (0, 0))


def _output(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
