"""DATABASE_URL to one entry of Django's DATABASES."""

from typing import Any
from urllib.parse import unquote, urlsplit

ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "postgresql": "django.db.backends.postgresql",
    "mysql": "django.db.backends.mysql",
}


def parse_database_url(url: str) -> dict[str, Any]:
    """Read `postgresql://user:password@host:port/name`, `mysql://…` or `sqlite:///file`.

    Raises ValueError for any other scheme.
    """
    parts = urlsplit(url)
    if parts.scheme not in ENGINES:
        raise ValueError(f"DATABASE_URL must start with one of {', '.join(ENGINES)}, not {parts.scheme!r}")
    database: dict[str, Any] = {
        "ENGINE": ENGINES[parts.scheme],
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }
    if parts.scheme == "mysql":
        database["OPTIONS"] = {"charset": "utf8mb4"}
    return database
