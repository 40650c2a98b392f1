"""Names services that are not mail servers, by how they begin to speak. Their words are never quoted."""

from __future__ import annotations

from .channel import Channel
from .errors import SMTPError

_BEGINNINGS = (
    (b"HTTP/", "HTTP"),
    (b"<", "HTTP"),
    (b"SSH-", "SSH"),
    (b"+OK", "POP3"),
    (b"* OK", "IMAP"),
    (b"* PREAUTH", "IMAP"),
    (b"* BYE", "IMAP"),
    (b"* BAD", "IMAP"),
    (b"-ERR unknown command ", "Redis"),
    (b"-ERR Protocol error", "Redis"),
    (b"-ERR", "POP3"),
    (b"-DENIED", "Redis"),
    (b"RFB ", "VNC"),
    (b"AMQP", "AMQP"),
    (b"INFO {", "NATS"),
    (b"\x16\x03", "TLS"),
    (b"\x15\x03", "TLS"),
)


def identify(head: bytes) -> str:
    """The name of the protocol that begins with these bytes, "" if unknown."""
    for beginning, name in _BEGINNINGS:
        if head.startswith(beginning):
            return name
    # MySQL and MariaDB: length, sequence number 0, protocol version 10 (or 255, an error packet).
    return "MySQL" if len(head) > 4 and head[3] == 0 and head[4] in {10, 255} else ""


def ask(channel: Channel) -> str:
    """Who greets with 220 but refuses EHLO and HELO: LMTP (RFC 2033), FTP (RFC 959), or "" for unknown."""
    try:
        if channel.command("LHLO localhost").code == 250:
            return "LMTP"
        # 211 is FTP's alone; before a login FTP answers 530, which SMTP does not give to an unknown command.
        return "FTP" if channel.command("FEAT").code in {211, 530} else ""
    except SMTPError:
        return ""
