"""What is in the two distributions, and that they are of one piece."""

import hashlib
import re
import shutil
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

import smtp_sandbox
import wagtail_partner_smtp
from tests.packaging.conftest import build, wheel_in
from tests.support.paths import ROOT

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(600)]

OF_THE_PROJECT = {
    f"smtp_sandbox/{name}" for name in ("Containerfile", "LICENSE", "README.md", "pyproject.toml")
}
NO_SOURCE = (".*", "__pycache__", "build", "dist", "var")


def files_of(package: str) -> set[str]:
    paths = (path for path in (ROOT / package).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in paths if "__pycache__" not in path.parts}


def packaged(wheel: Path) -> set[str]:
    return {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}


def metadata(wheel: Path) -> Message:
    archive = zipfile.ZipFile(wheel)
    (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
    return message_from_bytes(archive.read(name))


def test_each_wheel_holds_every_file_of_its_package_and_nothing_else(
    wheel: Path, sandbox_wheel: Path
) -> None:
    assert packaged(wheel) == files_of("wagtail_partner_smtp")
    assert packaged(sandbox_wheel) == files_of("smtp_sandbox") - OF_THE_PROJECT


def test_wheels_are_marked_as_typed(wheel: Path, sandbox_wheel: Path) -> None:
    assert "wagtail_partner_smtp/py.typed" in packaged(wheel)
    assert "smtp_sandbox/py.typed" in packaged(sandbox_wheel)


def test_wheels_carry_the_licence(wheel: Path, sandbox_wheel: Path) -> None:
    for each in (wheel, sandbox_wheel):
        archive = zipfile.ZipFile(each)
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE"))
        assert archive.read(name) == (ROOT / "LICENSE").read_bytes()


def test_both_have_one_version_and_the_extras_ask_for_it(wheel: Path, sandbox_wheel: Path) -> None:
    version = wagtail_partner_smtp.__version__
    assert smtp_sandbox.__version__ == version
    assert metadata(wheel)["Version"] == metadata(sandbox_wheel)["Version"] == version
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert extras["sandbox"] == [f"smtp-sandbox=={version}"]
    assert extras["sandbox-oauth"] == [f"smtp-sandbox[oauth]=={version}"]


def test_each_has_a_page_of_its_own(wheel: Path, sandbox_wheel: Path) -> None:
    assert str(metadata(wheel).get_payload()).startswith("# wagtail-partner-smtp")
    assert str(metadata(sandbox_wheel).get_payload()).startswith("# smtp-sandbox")


def test_links_of_the_package_page_lead_somewhere(wheel: Path, sandbox_wheel: Path) -> None:
    """Relative ones do in the repository alone, which is all there is as long as it has no address."""
    for each in (wheel, sandbox_wheel):
        page = metadata(each)
        targets = re.findall(r"\]\(([^)#]+)", str(page.get_payload()))
        relative = [target for target in targets if not target.startswith("https://")]
        assert not (page.get_all("Project-URL") and relative)
        assert [target for target in relative if not (ROOT / target).exists()] == []


def digests(directory: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.iterdir()}


@pytest.mark.parametrize("project", [".", "smtp_sandbox"])
def test_a_second_build_elsewhere_is_the_same_to_the_octet(
    project: str, distributions: Path, sandbox_distributions: Path, tmp_path: Path
) -> None:
    """Another folder, another day, other permissions, another language."""
    first = distributions if project == "." else sandbox_distributions
    tree, second = tmp_path / "elsewhere", tmp_path / "second"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*NO_SOURCE), copy_function=shutil.copy)
    shutil.copyfile(ROOT / ".gitignore", tree / ".gitignore")
    for path in tree.rglob("*.py"):
        path.chmod(0o600)
    second.mkdir()
    build(tree / project, second, LANG="de_DE.UTF-8", TZ="Pacific/Auckland", PYTHONHASHSEED="7")
    assert digests(second) == digests(first)


def test_the_sandbox_builds_from_the_sources_of_the_plugin(
    distributions: Path, sandbox_wheel: Path, tmp_path: Path
) -> None:
    (sdist,) = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "sources", filter="data")
    (tree,) = (tmp_path / "sources").iterdir()
    built = tmp_path / "built"
    built.mkdir()
    assert wheel_in(build(tree / "smtp_sandbox", built)).read_bytes() == sandbox_wheel.read_bytes()
