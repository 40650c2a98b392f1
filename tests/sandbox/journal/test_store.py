"""Messages as files: whole, in order, for their owner, and there before the client hears that they are."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from pathlib import Path

import pytest

from smtp_sandbox import Message, Sandbox
from smtp_sandbox.cli import main
from smtp_sandbox.journal.store import Store
from tests.sandbox.clients import MESSAGE, connect, send
from tests.sandbox.raw_client import MAIL, RCPT, bdat, talking
from tests.support.stopwatch import PATIENCE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "new" / "mail"


def test_each_message_is_a_file_with_its_envelope_in_front(folder: Path) -> None:
    with Sandbox(store=folder) as sandbox:
        with connect(sandbox.plain) as client:
            client.sendmail("", ["b@example.org", "c@example.org"], MESSAGE)
        with talking(sandbox.plain) as raw:
            raw.say(MAIL, RCPT, bdat(b"Subject: Chunk\r\n\r\n.\r\n"))
        messages = sandbox.messages

    first, second = (path.read_bytes() for path in sorted(folder.glob("*.eml")))
    envelope = b"Return-Path: <>\r\nEnvelope-To: b@example.org\r\nEnvelope-To: c@example.org\r\n"
    assert first == envelope + messages[0].data
    assert second.endswith(b"b@example.org\r\nSubject: Chunk\r\n\r\n.\r\n")
    assert message_from_bytes(first)["Subject"] == "Hello"
    assert len(os.listdir(folder)) == 2


def test_files_are_for_their_owner_alone(folder: Path) -> None:
    before = os.umask(0)
    try:
        with Sandbox(store=folder) as sandbox:
            send(sandbox.plain)
    finally:
        os.umask(before)

    [path] = folder.iterdir()
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(path.stat().st_mode)) == (0o700, 0o600)


def test_what_the_client_was_told_is_accepted_survives_a_kill(folder: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "smtp_sandbox",
        "serve",
        "--json",
        "honest:plain",
        "--store",
        str(folder),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout
        [at] = json.loads(process.stdout.readline())["listeners"]
        with smtplib.SMTP(at["host"], at["port"], timeout=PATIENCE) as client:
            client.sendmail("a@example.org", ["b@example.org"], MESSAGE)
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE)
            client.close()

    [path] = folder.iterdir()
    assert path.read_bytes().endswith(MESSAGE.encode())


def test_it_is_written_before_it_is_answered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    synchronize = os.fsync

    def note(handle: int) -> None:
        synchronize(handle)
        seen.append(
            [text for session in sandbox.plain.sessions for who, text in session.transcript if who == "S"]
        )

    monkeypatch.setattr(os, "fsync", note)
    with Sandbox(store=folder) as sandbox:
        send(sandbox.plain)

    # The file, then its name in the folder.
    assert [said[-1][:3] for said in seen] == ["354", "354"]


def test_a_message_that_cannot_be_written_is_refused_for_now(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with Sandbox(store=folder) as sandbox:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(smtplib.SMTPDataError, match=r"452.*4\.3\.1"):
            send(sandbox.plain)
        monkeypatch.undo()
        assert list(folder.iterdir()) == []
        assert sandbox.messages == ()
        assert ("-", "not stored: [Errno 28] No space left on device") in sandbox.plain.sessions[0].transcript

        send(sandbox.plain)
        assert len(sandbox.messages) == len(list(folder.iterdir())) == 1


def test_what_is_refused_or_deleted_leaves_the_files_as_they_are(folder: Path) -> None:
    with Sandbox(store=folder) as sandbox:
        with pytest.raises(smtplib.SMTPDataError):
            send(sandbox.listen("data-554"))
        assert list(folder.iterdir()) == []
        send(sandbox.plain)
        sandbox.reset()

    assert len(list(folder.iterdir())) == 1


def test_a_folder_that_cannot_be_written_to_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file"
    path.touch()

    assert main(["serve", "--store", str(path)]) == 2
    assert "File exists" in capsys.readouterr().err
    with pytest.raises(OSError, match="directory"):
        Store(path / "below")


def test_numbers_are_in_the_order_of_the_messages_however_long_the_disk_takes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_writing, may_go_on = threading.Event(), threading.Event()
    write = Store.write

    def hesitate(store: Store, message: Message) -> Path:
        if message.rcpt_tos == ("slow@example.org",):
            is_writing.set()
            assert may_go_on.wait(PATIENCE)
        return write(store, message)

    monkeypatch.setattr(Store, "write", hesitate)
    with Sandbox(store=folder) as sandbox, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(send, sandbox.plain, to="slow@example.org")
        assert is_writing.wait(PATIENCE)
        send(sandbox.plain, to="fast@example.org")
        first = sandbox.wait_for_message(to="fast@example.org")
        assert not slow.done()
        may_go_on.set()

        assert sandbox.wait_for_message(after=first, timeout=PATIENCE).rcpt_tos == ("slow@example.org",)
        slow.result()

    numbers = [message.number for message in sandbox.messages]
    assert numbers == sorted(set(numbers))
    assert len(list(folder.glob("*.eml"))) == 2
