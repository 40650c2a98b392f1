#!/usr/bin/env bash
# One would guess: a library for iCalendar writes a time that has an offset, 10:00+01:00, as the moment that it is, in
# UTC, or with a time zone that it defines (RFC 5545 3.2.19); if it can do neither, it refuses.
#
# What really happens: icalendar writes 10:00 with TZID="UTC+01:00", a zone which nobody defines:
# add_missing_timezones() adds nothing for it, and says nothing. For an offset of dateutil it writes 10:00 and no zone
# at all. Either is a local time to whoever reads it, itself included. UTC and zones with names are right, so that no
# test with these shows it.
#
# Seen with icalendar 7.3.2 on Python 3.11.7, 3.12.1 and 3.13.0. vobject 0.9.9 raises VObjectError for the first, and
# for Python's timezone.utc too; for the second it does the same as icalendar. ics 0.7.3 writes UTC. ical.js 2.2.1
# reads local times.
#
# Why it matters for mail: fromisoformat() and parsedate_to_datetime() make such times, of what an API or a Date
# header says. The invitation (RFC 6047) arrives without an error, and whoever is in another zone comes at another
# hour. The times of an invitation have to be turned into UTC, or into a zone with a name, before.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "icalendar==7.3.2" "vobject==0.9.9" "python-dateutil==2.9.0.post0"
"$folder/env/bin/python" - <<'PYTHON'
import logging
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

import icalendar
import vobject
from dateutil.parser import isoparse


def by_icalendar(start: datetime) -> bytes:
    event = icalendar.Event()
    event.add("uid", "1@shop.example")
    event.add("dtstamp", datetime(2026, 11, 29, 12, tzinfo=timezone.utc))
    event.add("dtstart", start)
    event.add("dtend", start + timedelta(hours=1))
    event.add("summary", "Fitting")
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//shop.example//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()


def by_vobject(start: datetime) -> str:
    calendar = vobject.iCalendar()
    calendar.add("vevent").add("dtstart").value = start
    try:
        written = calendar.serialize()
    except vobject.base.VObjectError as error:
        return type(error).__name__
    return line_of(written, "BEGIN:VEVENT")


def line_of(calendar: str, after: str) -> str:
    return next(line for line in calendar.partition(after)[2].split("\r\n") if line.startswith("DTSTART"))


logging.disable()
print(*(f"{name} {version(name)}" for name in ("icalendar", "vobject")), sep=", ")
local = datetime(2026, 12, 1, 10)
berlin = local.replace(tzinfo=ZoneInfo("Europe/Berlin"))
iso, mail = "2026-12-01T10:00:00+01:00", "Tue, 01 Dec 2026 10:00:00 +0100"
for source, start, line, read, other in [
    ("UTC", datetime(2026, 12, 1, 9, tzinfo=timezone.utc), "DTSTART:20261201T090000Z", True, "VObjectError"),
    ("a zone's name", berlin, "DTSTART;TZID=Europe/Berlin:20261201T100000", True, None),
    ("fromisoformat()", datetime.fromisoformat(iso), 'DTSTART;TZID="UTC+01:00":20261201T100000', False, "VObjectError"),
    ("a Date header", parsedate_to_datetime(mail), 'DTSTART;TZID="UTC+01:00":20261201T100000', False, "VObjectError"),
    ("isoparse()", isoparse(iso), "DTSTART:20261201T100000", False, "DTSTART:20261201T100000"),
]:
    assert start == datetime(2026, 12, 1, 9, tzinfo=timezone.utc)
    written = by_icalendar(start)
    (event,) = icalendar.Calendar.from_ical(written).walk("VEVENT")
    (again,) = vobject.readOne(written.decode()).vevent_list
    times = event["dtstart"].dt, again.dtstart.value
    found, by_other = line_of(written.decode(), "BEGIN:VEVENT"), by_vobject(start)
    print(f"{source}: {found}, read as {times[0].isoformat()}; vobject: {by_other}")
    assert found == line, written
    assert times == ((start, start) if read else (local, local)), times
    assert (b"BEGIN:VTIMEZONE" in written) is (source == "a zone's name"), written
    assert other in (None, by_other), by_other
print("As described: a time with an offset becomes a local time.")
PYTHON
