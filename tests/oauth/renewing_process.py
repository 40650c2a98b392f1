"""A process that wants a token: ``python -m tests.oauth.renewing_process PK``. A line of input lets it ask."""

from __future__ import annotations

import sys
import time

import django


def main() -> None:
    django.setup()
    from wagtail_partner_smtp.models import Partner

    partner = Partner.objects.get(pk=sys.argv[1])
    source = partner.smtp_settings().token_source
    assert source is not None
    print("ready", flush=True)
    sys.stdin.readline()
    print(source.token(time.monotonic() + 60).value, flush=True)


if __name__ == "__main__":
    main()
