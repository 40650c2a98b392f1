"""The documented table of profiles: every profile, every mode, what smtplib makes of it."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import pytest

from smtp_sandbox import MODES, PROFILES, Listener, Profile, on
from smtp_sandbox.profiles import Overrides
from smtp_sandbox.pytest_plugin import Served
from smtp_sandbox.tls.certificates import CERTIFICATES
from tests.support.stopwatch import PATIENCE

from .outcomes import outcome

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sandbox.md"
READS_FOR_EVER = "reads for ever"


def documented() -> dict[str, tuple[str, dict[str, str]]]:
    """Summary and result in each mode, by name of the profile."""
    table = PAGE.read_text("utf-8").partition("| profile |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table.splitlines()[2:]]
    return {
        name.strip("`"): (
            summary,
            {mode: cell for mode, cell in zip(MODES, cells, strict=True) if cell != "-"},
        )
        for name, summary, *cells in rows
    }


TABLE = documented()


def cells() -> Iterator[tuple[str, str, str]]:
    """Profile, mode and result for this Python."""
    for name, (_, results) in TABLE.items():
        for mode, cell in results.items():
            before, _, after = cell.rpartition(", then ")
            expected = before.removeprefix("before 3.13 ") if before and sys.version_info < (3, 13) else after
            yield name, mode, expected.strip("`")


def test_every_profile_is_documented_as_it_is() -> None:
    described = {name: (summary, tuple(results)) for name, (summary, results) in TABLE.items()}

    assert described == {name: (profile.summary, profile.modes) for name, profile in PROFILES.items()}


def test_fields_and_modes_of_every_profile_agree() -> None:
    assert [name for name, profile in PROFILES.items() if profile.sensible_modes != profile.modes] == []


@pytest.mark.parametrize(
    ("profile", "mode"),
    [
        ("honest", "plain"),
        ("cert-expired", "ssl"),
        ("starttls-454", "starttls"),
        (Profile("mine", on("STARTTLS", reply="454 4.7.0 Later")), "starttls"),
        (Profile("mine", on("TLS", drop="fin")), "ssl"),
        (Profile("mine", client_certificate=True), "ssl"),
        (Profile("mine", certificate="expired", injects="250 x"), "starttls"),
    ],
)
def test_without_a_mode_it_is_the_first_that_makes_sense(
    smtp: Served, profile: str | Profile, mode: str
) -> None:
    assert smtp.listen(profile).mode == mode


def test_a_mode_in_which_a_profile_cannot_be_met_is_an_error_that_helps(smtp: Served) -> None:
    with pytest.raises(ValueError, match=r"'cert-expired' .* write mode=\"ssl\" or mode=\"starttls\""):
        smtp.listen("cert-expired", mode="plain")
    with pytest.raises(ValueError, match=r"write mode=\"starttls\"$"):
        smtp.listen("starttls-454", mode="ssl")
    with pytest.raises(ValueError, match=r"'honest' .* write mode=\"ssl\""):
        smtp.listen(mode="plain", certificate="expired")
    with pytest.raises(ValueError, match="in any of its modes"):
        smtp.listen("starttls-drop", modes=("plain",))
    with pytest.raises(ValueError, match="shows no certificate"):
        smtp.plain.use_certificate("expired")


def test_every_certificate_is_documented() -> None:
    row = re.search(r"\| `certificate` \|.*", PAGE.read_text("utf-8"))

    assert row
    assert re.findall(r"`([\w-]+)`", row[0].split("|")[3]) == list(CERTIFICATES)


def test_every_field_is_a_keyword_of_the_same_type() -> None:
    fields = get_type_hints(Profile)
    del fields["name"]

    assert get_type_hints(Overrides) == fields


def test_every_field_is_documented() -> None:
    fields = set(Profile.__dataclass_fields__) - {"name"}
    table = PAGE.read_text("utf-8").partition("| field |")[2].partition("\n\n")[0]

    assert set(
        re.findall(r"(?m)`(\w+)`", "\n".join(line.split("|")[1] for line in table.splitlines()[1:]))
    ) == (fields - {"summary", "modes"})


@pytest.mark.parametrize(
    ("name", "mode", "expected"), tuple(cells()), ids=lambda value: str(value).replace(" ", "-")
)
def test_smtplib_gets_the_documented_result(smtp: Served, name: str, mode: str, expected: str) -> None:
    listener = smtp.listen(name, mode=mode)  # type: ignore[arg-type]
    if expected == READS_FOR_EVER:
        return assert_reads_for_ever(listener)
    waits = "timed out" in expected or expected == "TimeoutError"

    assert outcome(listener, timeout=patience(name, mode) if waits else PATIENCE) == expected


def patience(name: str, mode: str) -> float:
    """Long enough for what is answered, and shorter than what isn't, or comes later; seconds."""
    if name == "auth-hang":
        return 2.5
    return 1.0 if (name, mode) == ("slow-banner", "ssl") else 0.5


def assert_reads_for_ever(listener: Listener) -> None:
    """The client's own timeout does not end it; the server does."""
    results: list[str] = []
    thread = threading.Thread(target=lambda: results.append(outcome(listener, timeout=2)))
    thread.start()
    thread.join(2.5)
    assert thread.is_alive()
    listener.disconnect()
    thread.join(PATIENCE)
    # The end may come within a line; smtplib then takes the piece of it for a code.
    assert re.fullmatch(r"SMTPServerDisconnected|SMTPConnectError 22?", results[0])


def test_unknown_fields_of_a_profile_are_errors() -> None:
    with pytest.raises(TypeError, match="colour"):
        Profile("x", colour="red")  # type: ignore[call-arg]
