"""Exim (Debian's, with GnuTLS): one daemon, whose ports differ by what its access lists say to each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .daemon import EMAIL, LOGIN, PASSWORD, MailServer, free_ports, running

USER = "Debian-exim"  # compiled in
SSL = (
    "submissions", "untrusted-ssl", "client-certificate-1.2-ssl", "client-certificate-1.3-ssl", "tls1.0-ssl",
    "odd-cipher-ssl", "cram", "owners-only", "owners-only-at-mail", "greylist", "logins-out-of-order",
    "slow-logins",
)  # fmt: skip
LISTENERS = (
    "incoming", "clear", "submission", "login-behind-tls", "untrusted-starttls",
    "client-certificate-1.2-starttls", "client-certificate-1.3-starttls", "tls1.0-starttls",
    "odd-cipher-starttls", "tls-out-of-order", "encrypts-mail", "encrypts-rcpt",
    "few-at-a-time", "refuses-client", "refuses-name", "defers-client", *SSL,
)  # fmt: skip

# Macros in capitals are defined in front; LISTENER is the name of the port that a connection came to.
CONFIGURATION = r"""
LISTENER = ${lookup{$received_port}lsearch{PLACE/listeners}}
exim_path = PROGRAM
exim_user = USER
exim_group = USER
never_users =
keep_environment =
primary_hostname = mail.example.org
spool_directory = PLACE/spool
log_file_path = PLACE/%slog
pid_file_path =
host_lookup =
rfc1413_query_timeout = 0s
smtp_accept_max_per_host = ${if eq{LISTENER}{few-at-a-time}{3}{0}}
tls_advertise_hosts = ${if eq{LISTENER}{clear}{}{*}}
tls_certificate = ${lookup{LISTENER}wildlsearch{PLACE/certificates}}
tls_privatekey = ${lookup{LISTENER}wildlsearch{PLACE/certificates}}
tls_require_ciphers = ${lookup{LISTENER}wildlsearch{PLACE/priorities}}
tls_verify_hosts = ${if match{LISTENER}{^client-certificate}{*}}
tls_verify_certificates = PEM/ca.pem
auth_advertise_hosts = ${if and{{!eq{LISTENER}{incoming}}\
  {or{{def:tls_in_cipher}{inlist{LISTENER}{clear:encrypts-mail}}}}}{*}}
acl_smtp_connect = connect
acl_smtp_helo = helo
acl_smtp_mail = mail
acl_smtp_rcpt = rcpt
acl_smtp_data = data

begin acl

connect:
  deny condition = ${if eq{LISTENER}{refuses-client}}
  defer condition = ${if eq{LISTENER}{defers-client}}
  accept

helo:
  deny condition = ${if eq{LISTENER}{refuses-name}}
  accept

mail:
  deny condition = ${if eq{LISTENER}{encrypts-mail}}
    !encrypted = *
    message = Encryption required
  deny condition = ${if inlist{LISTENER}{submission:submissions:clear}}
    !authenticated = *
    message = Authentication required
  deny condition = ${if eq{LISTENER}{owners-only-at-mail}}
    !condition = ${if eqi{$sender_address}{OWNER}}
    message = Not yours
  accept

rcpt:
  deny condition = ${if eq{LISTENER}{encrypts-rcpt}}
    !encrypted = *
    message = Encryption required
  deny condition = ${if eq{LISTENER}{owners-only}}
    !condition = ${if eqi{$sender_address}{OWNER}}
    message = Not yours
  defer condition = ${if eq{LISTENER}{greylist}}
    message = Greylisted
  accept local_parts = postmaster
    domains = mail.example.org
  accept domains = example.org
    local_parts = billing : ann
  deny domains = example.org
    message = Unknown user
  accept authenticated = *
  deny message = relay not permitted

data:
  deny condition = ${if match{$recipients}{spam@}}
    message = Spam
  accept

login:
  deny condition = ${if eq{LISTENER}{slow-logins}}
    delay = 1m
  accept condition = ${if and{{eq{$acl_arg1}{LOGIN}}{eq{$acl_arg2}{PASSWORD}}}}
    message = yes

begin routers

all:
  driver = accept
  transport = inbox

begin transports

inbox:
  driver = appendfile
  directory = PLACE/mail/inbox
  maildir_format
  user = USER
  envelope_to_add
  return_path_add

begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_advertise_condition = ${if !eq{LISTENER}{cram}}
  server_set_id = $auth2
  server_condition = ${if eq{LISTENER}{logins-out-of-order}{${lookup{x}lsearch{/nonexistent}}}\
    {${acl{login}{$auth2}{$auth3}}}}

cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_advertise_condition = ${if inlist{LISTENER}{cram:clear}}
  server_set_id = $auth1
  server_secret = ${if eq{$auth1}{LOGIN}{PASSWORD}fail}
"""
CERTIFICATES = """\
^untrusted: PEM/untrusted.pem
tls-out-of-order: /nonexistent
*: PEM/good.pem
"""
PRIORITIES = """\
^client-certificate-1.2: NORMAL:-VERS-ALL:+VERS-TLS1.2
^client-certificate-1.3: NORMAL:-VERS-ALL:+VERS-TLS1.3
^tls1.0: NORMAL:-VERS-ALL:+VERS-TLS1.0
^odd-cipher: NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA
*: NORMAL
"""


@contextmanager
def exim(place: Path, certificates: Path, program: str) -> Iterator[MailServer]:
    """In the directory ``place``, which gets Exim's user."""
    ports = free_ports(LISTENERS)
    settings = {
        "PLACE": place,
        "PEM": certificates,
        "PROGRAM": program,
        "USER": USER,
        "LOGIN": LOGIN,
        "PASSWORD": PASSWORD,
        "OWNER": EMAIL,
        "local_interfaces": "127.0.0.1",
        "daemon_smtp_ports": " : ".join(map(str, ports.values())),
        "tls_on_connect_ports": " : ".join(str(ports[name]) for name in SSL),
    }
    configuration = place / "exim.conf"
    lines = [f"{name} = {value}" for name, value in settings.items()]
    configuration.write_text("\n".join(lines) + CONFIGURATION)
    (place / "listeners").write_text("".join(f"{port}: {name}\n" for name, port in ports.items()))
    (place / "certificates").write_text(CERTIFICATES.replace("PEM", str(certificates)))
    (place / "priorities").write_text(PRIORITIES)
    for directory in (place, place / "spool", place / "mail"):
        directory.mkdir(exist_ok=True)
        shutil.chown(directory, USER, USER)
    server = MailServer(
        host="localhost",
        ports=ports,
        place=place,
        inbox=place / "mail" / "inbox",
        ca_file=certificates / "ca.pem",
    )
    with running([program, "-C", configuration, "-bdf"], server):
        yield server
