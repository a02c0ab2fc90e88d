"""The command that keeps the message catalogues complete."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from leadmanager.management import catalogues

SOURCE = """
from django.utils.translation import gettext as _, ngettext, pgettext
_("Save key")
ngettext("%(count)s lead", "%(count)s leads", 2)
pgettext("verb", "Route")
"""


@pytest.fixture
def project(tmp_path: Path, settings: pytest.FixtureRequest) -> Path:
    """Give a small project with one app that speaks, and one template of it."""
    settings.BASE_DIR = tmp_path
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts" / "views.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "templates" / "accounts").mkdir(parents=True)
    page = "{% load i18n %}{% translate 'Copy' %}{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}"
    (tmp_path / "templates" / "accounts" / "page.html").write_text(page, encoding="utf-8")
    return tmp_path


def problems(language: str) -> set[tuple[str, str]]:
    return {(finding.problem, finding.text) for finding in catalogues.check("accounts", language)}


def translate(**translations: str) -> None:
    path = catalogues.catalogue_path("accounts", "he")
    text = path.read_text(encoding="utf-8")
    for message, translation in translations.items():
        text = text.replace(f'msgid "{message}"\nmsgstr ""', f'msgid "{message}"\nmsgstr "{translation}"')
    path.write_text(text, encoding="utf-8")


def test_english_is_filled_with_itself_and_hebrew_waits_for_a_person(project: Path) -> None:
    call_command("messages", "accounts", verbosity=0)
    assert problems("en") == set()
    texts = {"Save key", "%(count)s lead", "Route", "Copy", "Hello %(name)s"}
    assert problems("he") == {("not translated", text) for text in texts}


def test_translations_stay_and_a_second_run_changes_nothing(project: Path) -> None:
    catalogues.update("accounts", "he")
    translate(Copy="העתקה")
    assert not catalogues.update("accounts", "he")
    assert ("not translated", "Copy") not in problems("he")


def test_text_that_is_gone_is_kept_as_obsolete_and_comes_back_with_its_source(project: Path) -> None:
    catalogues.update("accounts", "he")
    translate(Copy="העתקה")
    page = project / "templates" / "accounts" / "page.html"
    content = page.read_text(encoding="utf-8")
    page.write_text("", encoding="utf-8")
    catalogues.update("accounts", "he")
    assert ("obsolete", "Copy") in problems("he")
    page.write_text(content, encoding="utf-8")
    catalogues.update("accounts", "he")
    assert not {problem for problem in problems("he") if problem[1] == "Copy"}


def test_check_fails_while_something_is_missing(project: Path) -> None:
    with pytest.raises(CommandError, match="not complete"):
        call_command("messages", "accounts", "--check", verbosity=0)


def test_placeholder_that_was_lost_is_found(project: Path) -> None:
    catalogues.update("accounts", "he")
    translate(**{"Hello %(name)s": "שלום %(nmae)s"})
    assert any(text == "Hello %(name)s" and "nmae" in problem for problem, text in problems("he"))
