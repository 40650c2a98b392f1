"""The lock names a version of everything that the project asks for, and one that it may be."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT

GROUPS = ("test", "lint", "types", "dev", "postgresql")


def project(path: str) -> Any:
    return tomllib.loads((ROOT / path / "pyproject.toml").read_text())


def asked_for() -> Iterator[Requirement]:
    plugin, sandbox = project("."), project("smtp_sandbox")
    texts = [*plugin["project"]["dependencies"], *plugin["project"]["optional-dependencies"]["oauth"]]
    texts += [*sandbox["project"]["dependencies"], *sandbox["project"]["optional-dependencies"]["oauth"]]
    for group in GROUPS:
        texts += [each for each in plugin["dependency-groups"][group] if isinstance(each, str)]
    return map(Requirement, texts)


def test_everything_is_locked_to_a_version_that_may_be() -> None:
    lines = (ROOT / ".ci" / "lock.txt").read_text().splitlines()
    pairs = [re.fullmatch(r"([\w.-]+)==(\S+)", line) for line in lines if not line.startswith("#")]
    assert all(pairs), "a path or an address is no version"
    locked = {canonicalize_name(pair[1]): pair[2] for pair in pairs if pair}
    wrong = [
        str(each)
        for each in asked_for()
        if not each.specifier.contains(locked.get(canonicalize_name(each.name), "0"))
    ]
    assert wrong == []
