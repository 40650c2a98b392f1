"""Dovecot: a submission server, the services that send no mail, and the logins of Postfix."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smtp_sandbox import OAuthServer

from .daemon import LOGIN, NOBODY, PASSWORD, MailServer, free_ports, running
from .tokens import write_key

# Not 127.0.0.1: a connection from an address to itself is taken for secure, and offered plain logins.
HOST, UNTRUSTED_HOST = "127.0.0.2", "127.0.0.3"
CERTIFICATES = {"dovecot": HOST, "untrusted-dovecot": UNTRUSTED_HOST}
DISABLED, WITHOUT_RELAY, CROWDED = "disabled", "without-relay", "crowded"
CONNECTIONS = 10  # of one login from one address, Dovecot's default

LISTENERS = ("logins", "submission", "submissions", "imap", "imaps", "pop3", "pop3s", "lmtp")
CONFIGURATION = """\
base_dir = {place}/run
state_dir = {place}/state
log_path = {place}/dovecot.log
listen = {host}, {untrusted_host}
protocols = submission imap pop3 lmtp
ssl = required
ssl_cert = <{certificates}/dovecot.pem
ssl_key = <{certificates}/dovecot.pem
local {untrusted_host} {{
  ssl_cert = <{certificates}/untrusted-dovecot.pem
  ssl_key = <{certificates}/untrusted-dovecot.pem
}}
auth_mechanisms = plain login cram-md5 digest-md5 scram-sha-256 xoauth2 oauthbearer
hostname = mail.example.org
mail_location = maildir:~/mail
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {place}/oauth2.conf
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {place}/introspection.conf
}}
passdb {{
  driver = passwd-file
  args = {place}/users
}}
userdb {{
  driver = passwd-file
  args = {place}/users
}}
service auth {{
{auth}  inet_listener {{
    port = {ports[logins]}
  }}
}}
# All wrong logins come from one address, and would wait longer each time.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service submission-login {{
  inet_listener submission {{
    port = {ports[submission]}
  }}
  inet_listener submissions {{
    port = {ports[submissions]}
    ssl = yes
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {ports[imap]}
  }}
  inet_listener imaps {{
    port = {ports[imaps]}
    ssl = yes
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {ports[pop3]}
  }}
  inet_listener pop3s {{
    port = {ports[pop3s]}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {ports[lmtp]}
  }}
}}
"""
# Tokens are checked by their signature, so nobody has to be asked.
OAUTH2 = """\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={place}/keys/
username_attribute = sub
"""
# Or the server that issued them is asked whose they are (RFC 7662).
INTROSPECTION = """\
introspection_mode = post
introspection_url = https://{client}:{secret}@127.0.0.1:{port}/introspect
username_attribute = username
active_attribute = active
active_value = true
tls_ca_cert_file = {place}/oauth-ca.pem
"""
USERS = {LOGIN: "", DISABLED: "nologin=y", WITHOUT_RELAY: "userdb_submission_relay_port=1", CROWDED: ""}


@contextmanager
def dovecot(
    place: Path, certificates: Path, relay: int, inbox: Path, oauth: OAuthServer, *, login_service: str = ""
) -> Iterator[MailServer]:
    """Submission hands its mail to the port ``relay`` of 127.0.0.1, which puts it into ``inbox``.

    Tokens are those of ``write_key``, and those of the server ``oauth``. ``login_service`` is a program in place
    of the one that checks logins.
    """
    ports = free_ports(LISTENERS)
    for name in ("run", "state", "home"):
        (place / name).mkdir()
    (place / "home").chmod(0o777)
    (place / "users").write_text(
        "".join(
            f"{name}:{{PLAIN}}{PASSWORD}:{NOBODY}:{NOBODY}::{place}/home/{name}::{more}\n"
            for name, more in USERS.items()
        )
    )
    write_key(place / "keys")
    (place / "oauth2.conf").write_text(OAUTH2.format(place=place))
    (place / "oauth-ca.pem").write_bytes(Path(oauth.ca_file).read_bytes())
    (place / "introspection.conf").write_text(
        INTROSPECTION.format(
            client=oauth.client.client_id,
            secret=oauth.client.client_secret,
            port=oauth.port,
            place=place,
        )
    )
    configuration = place / "dovecot.conf"
    configuration.write_text(
        CONFIGURATION.format(
            place=place,
            certificates=certificates,
            host=HOST,
            untrusted_host=UNTRUSTED_HOST,
            ports=ports,
            relay=relay,
            auth=f"  executable = {login_service}\n" if login_service else "",
        )
    )
    server = MailServer(host=HOST, ports=ports, place=place, inbox=inbox, ca_file=certificates / "ca.pem")
    with running(["dovecot", "-F", "-c", configuration], server):
        yield server
