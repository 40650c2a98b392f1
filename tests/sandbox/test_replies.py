"""Servers that give a collected reply, exactly so and at its place."""

from __future__ import annotations

import socket
from typing import BinaryIO

import pytest

from smtp_sandbox import Listener
from smtp_sandbox.catalogue import named
from smtp_sandbox.catalogue.replies import PROFILES, SAMPLES, Sample
from smtp_sandbox.pytest_plugin import Served
from smtp_sandbox.serve import parse_listener
from tests.support.stopwatch import PATIENCE

LOGIN = b"AUTH PLAIN AHVzZXIAcGFzcw==\r\n"
MAIL, RCPT, DATA = b"MAIL FROM:<a@example.org>\r\n", b"RCPT TO:<b@example.org>\r\n", b"DATA\r\n"
# What a client says up to the reply that is awaited last, after the greeting.
COMMANDS = {
    "BANNER": [],
    "EHLO": [b"EHLO client.example\r\n"],
    "STARTTLS": [b"EHLO client.example\r\n", b"STARTTLS\r\n"],
    "AUTH": [b"EHLO client.example\r\n", LOGIN],
    "MAIL": [b"EHLO client.example\r\n", MAIL],
    "RCPT": [b"EHLO client.example\r\n", MAIL, RCPT],
    "DATA": [b"EHLO client.example\r\n", MAIL, RCPT, DATA],
    "DATA-END": [b"EHLO client.example\r\n", MAIL, RCPT, DATA, b"Subject: x\r\n\r\nx\r\n.\r\n"],
    "NEXT-MAIL": [b"EHLO client.example\r\n", MAIL, b"RSET\r\n", MAIL],
}
ONE_OF_EACH_PLACE = list({sample.place: sample for sample in SAMPLES}.values())


def last_answer(listener: Listener, commands: list[bytes]) -> bytes:
    """The octets of the answer to the last command, or of the greeting."""
    with socket.create_connection((listener.host, listener.port), timeout=PATIENCE) as sock:
        file = sock.makefile("rb")
        answer = read(file)
        for command in commands:
            sock.sendall(command)
            answer = read(file)
        return answer


def read(file: BinaryIO) -> bytes:
    lines = []
    while (line := file.readline()) and line[3:4] == b"-":
        lines.append(line)
    return b"".join([*lines, line])


@pytest.mark.parametrize("sample", ONE_OF_EACH_PLACE, ids=lambda sample: sample.place)
def test_a_reply_is_given_at_its_place_octet_by_octet(smtp: Served, sample: Sample) -> None:
    mode = "starttls" if sample.place == "STARTTLS" else "plain"
    listener = smtp.listen(f"reply:{sample.id}", mode=mode)  # type: ignore[arg-type]
    assert last_answer(listener, COMMANDS[sample.place]) == sample.octets + b"\r\n"
    assert listener.faults == 1


def test_a_reply_in_another_encoding_is_given_in_it(smtp: Served) -> None:
    listener = smtp.listen("reply:qq-gbk-authorization-code")
    answer = last_answer(listener, COMMANDS["AUTH"])
    assert "请使用授权码登录" in answer.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        answer.decode()


def test_a_server_greets_by_the_provider_s_name(smtp: Served) -> None:
    answer = last_answer(smtp.listen("reply:microsoft-basic-auth-off"), [])
    assert answer.startswith(b"220 smtp.office365.com ")


def test_every_sample_has_a_profile_of_its_name() -> None:
    assert list(PROFILES) == [f"reply:{sample.id}" for sample in SAMPLES]
    for sample in SAMPLES:
        profile = named(f"reply:{sample.id}")
        assert profile.rules
        assert profile.rules[0].reply == sample.octets
        assert sample.provider in profile.summary


def test_an_unknown_reply_is_told_with_the_nearest_ones() -> None:
    with pytest.raises(KeyError, match="reply:microsoft-basic-auth-off"):
        named("reply:microsoft-basic-auth-of")


def test_a_listener_of_the_command_line_can_be_a_reply() -> None:
    assert parse_listener("reply:gmail-545-quota-old:ssl@2465") == [
        ("reply:gmail-545-quota-old", "ssl", 2465)
    ]
    modes = [mode for _, mode, _ in parse_listener("reply:gmail-545-quota-old")]
    assert modes == ["plain", "ssl", "starttls"]
