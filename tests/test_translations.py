"""The German and French catalogues: complete, true to the sentences in the code, and compiled."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import django
import polib
import pytest
import wagtail
from django.core.management import call_command
from django.utils import translation

import wagtail_partner_smtp
from wagtail_partner_smtp import diagnosis
from wagtail_partner_smtp.smtp.errors import Code

LANGUAGES = ("de", "fr")
PACKAGE = Path(next(iter(wagtail_partner_smtp.__path__)))
PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|%[sd%]")
# The same word in both languages.
each_language = pytest.mark.parametrize("language", LANGUAGES)

Message = tuple[str | None, str, str]


def catalogue(language: str, root: Path = PACKAGE) -> polib.POFile:
    return polib.pofile(str(root / "locale" / language / "LC_MESSAGES" / "django.po"))


def messages(entries: polib.POFile | polib.MOFile) -> set[Message]:
    return {(entry.msgctxt, entry.msgid, entry.msgid_plural or "") for entry in entries if not entry.obsolete}


@each_language
def test_every_message_is_translated(language: str) -> None:
    found = catalogue(language)
    assert len(found) > 300
    assert [entry.msgid for entry in found if not entry.translated()] == []
    assert [entry.msgid for entry in found.fuzzy_entries()] == []
    assert [entry.msgid for entry in found.obsolete_entries()] == []


@each_language
def test_translations_fill_in_what_their_messages_do(language: str) -> None:
    for entry in catalogue(language):
        wanted = set(PLACEHOLDERS.findall(entry.msgid_plural or entry.msgid))
        for text in (entry.msgstr, *entry.msgstr_plural.values()):
            if text:
                assert set(PLACEHOLDERS.findall(text)) == wanted, entry.msgid


@each_language
def test_translations_end_and_space_as_their_messages_do(language: str) -> None:
    """Sentences are put one behind the other, and headings stand alone."""
    for entry in catalogue(language):
        for text in filter(None, (entry.msgstr, *entry.msgstr_plural.values())):
            assert text == text.strip(), entry.msgid
            assert (entry.msgid[-1] in ".?") == (text[-1] in ".?"), entry.msgid


@each_language
def test_pages_of_wagtail_and_django_keep_their_own_words(language: str) -> None:
    """This catalogue comes before theirs: a message that they have too would change their pages."""
    theirs: dict[str, set[str]] = {}
    for package in (wagtail.__path__[0], django.__path__[0]):
        for path in Path(package).rglob(f"locale/{language}/LC_MESSAGES/django.mo"):
            for entry in polib.mofile(str(path)):
                if not entry.msgctxt and entry.msgstr:
                    theirs.setdefault(entry.msgid, set()).add(entry.msgstr)
    assert len(theirs) > 1000
    ours = [entry for entry in catalogue(language) if not entry.msgctxt and entry.msgid in theirs]
    assert [each.msgid for each in ours if each.msgstr not in theirs[each.msgid]] == []


@each_language
def test_compiled_catalogue_is_that_of_the_source(language: str) -> None:
    source = catalogue(language)
    compiled = polib.mofile(str(Path(source.fpath).with_suffix(".mo")))
    assert {(entry.msgid, entry.msgstr, str(entry.msgstr_plural)) for entry in compiled} == {
        (entry.msgid, entry.msgstr, str(entry.msgstr_plural)) for entry in source
    }


@each_language
def test_catalogue_holds_exactly_the_messages_of_the_code(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("xgettext") is None:
        if os.environ.get("REQUIRE_GETTEXT") == "1":
            pytest.fail("no xgettext: Debian's package gettext has it")
        pytest.skip("no xgettext: Debian's package gettext has it")
    copy = tmp_path / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "locale"))
    (copy / "locale").mkdir()
    monkeypatch.chdir(copy)
    call_command("makemessages", locale=[language], verbosity=0)
    assert messages(catalogue(language, copy)) == messages(catalogue(language))


@each_language
def test_an_editor_reads_the_diagnosis_in_that_language(language: str) -> None:
    sentence = diagnosis.SENTENCES[Code.AUTH_FAILED]
    with translation.override("en"):
        english = str(sentence.message)
    with translation.override(language):
        assert str(sentence.message) not in {"", english}
