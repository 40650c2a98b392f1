#!/usr/bin/env bash
# One would guess: a program for DMARC reports takes reports of failed authentication (RFC 6591) and leaves complaints
# alone, by which a provider says that somebody has called a message spam. Both are message/feedback-report (RFC
# 5965), and Feedback-Type tells "auth-failure" from "abuse". Their fields are read like those of a header, which may
# be folded (RFC 5965 3).
#
# What really happens: parsedmarc takes a complaint for a failure report, and adds to it that DMARC failed
# (auth_failure), which nobody has said; here the complaint says dmarc=pass. All of it is a line in the log. And it
# reads fields line by line: of a folded one it keeps the first line, here the pass of DKIM without the failures of
# SPF and DMARC.
#
# Seen with parsedmarc 11.1.0 on Python 3.11.7.
#
# Why it matters for mail: where one mailbox takes all reports, complaints are counted as mail that fails. Somebody
# looks for a fault in the DNS that is not there, and whoever complained stays on the list. Sort by Feedback-Type
# before.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "parsedmarc==11.1.0"
"$folder/env/bin/python" - <<'PYTHON'
import logging
from importlib.metadata import version

from parsedmarc import parse_report_email


def report(*fields: str) -> bytes:
    lines = [
        "From: reports@mx.example",
        "To: reports@example.com",
        "Subject: A report",
        "Date: Sun, 29 Nov 2026 12:00:00 +0000",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b",
        "",
        "--b",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        "This is a report on a message.",
        "",
        "--b",
        "Content-Type: message/feedback-report",
        "",
        *fields,
        "Version: 1",
        "User-Agent: Example/1.0",
        "Arrival-Date: Sun, 29 Nov 2026 11:00:00 +0000",
        "Source-IP: 192.0.2.1",
        "Reported-Domain: example.com",
        "",
        "--b",
        "Content-Type: message/rfc822",
        "",
        "From: news@example.com",
        "To: ann@mx.example",
        "Subject: News",
        "Date: Sun, 29 Nov 2026 11:00:00 +0000",
        "Message-ID: <1@example.com>",
        "",
        "See below.",
        "",
        "--b--",
        "",
    ]
    return "\r\n".join(lines).encode()


logging.disable()
print("parsedmarc", version("parsedmarc"))
for fields, expected in [
    (
        ["Feedback-Type: abuse", "Authentication-Results: mx.example; dmarc=pass header.from=example.com"],
        ("abuse", ["dmarc"], "mx.example; dmarc=pass header.from=example.com"),
    ),
    (
        [
            "Feedback-Type: auth-failure",
            "Auth-Failure: dmarc",
            "Identity-Alignment: none",
            "Authentication-Results: mx.example; dkim=pass header.d=example.net;",
            " spf=fail smtp.mailfrom=example.com;",
            " dmarc=fail header.from=example.com",
        ],
        ("auth-failure", ["dmarc"], "mx.example; dkim=pass header.d=example.net;"),
    ),
]:
    parsed = parse_report_email(report(*fields), offline=True)
    content = parsed["report"]
    found = content["feedback_type"], content["auth_failure"], content["authentication_results"]
    print(*fields, sep="\n    ")
    print(f"is a report of the type {parsed['report_type']!r}:", *found, sep="\n    ")
    assert (parsed["report_type"], found) == ("failure", expected), parsed
print("As described: a complaint is a failure of DMARC, and a folded field ends with its line.")
PYTHON
