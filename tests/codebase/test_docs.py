"""The documentation points at things that are there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)
README = ROOT / "README.md"
DOCUMENTS = sorted([README, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])

CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"(?P<path>(?:[\w.-]+/)+[\w.-]*|[\w.-]+\.(?:py|md|toml))(?::(?P<name>\w+))?")


def where_table() -> list[tuple[str, str]]:
    """The rows of README's table: question and answer."""
    table = README.read_text().partition("## Where is ...?")[2]
    rows = [line.strip("|").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return [(question.strip(), " | ".join(answer).strip()) for question, *answer in rows[2:]]


def named(answer: str) -> Iterator[tuple[str, str]]:
    """The (path, name) pairs of an answer; a name alone belongs to the file before it."""
    path = ""
    for text in CODE.findall(answer):
        if match := PATH.fullmatch(text):
            path = match["path"]
            yield path, match["name"] or ""
        elif path.endswith(".py") and text.isidentifier():
            yield path, text


def defined(path: Path) -> set[str]:
    """The names that a module makes at its top level."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


@pytest.mark.parametrize(("question", "answer"), where_table(), ids=lambda text: text[:40])
def test_every_answer_of_the_where_table_exists(question: str, answer: str) -> None:
    pairs = [(path, name) for path, name in named(answer) if "<app>" not in path]

    for path, name in pairs:
        assert (ROOT / path).exists(), f"{question} {path} is not there"
        assert not name or name in defined(ROOT / path), f"{question} {path} has no {name}"


def test_the_where_table_answers_what_newcomers_ask() -> None:
    questions = [question for question, _answer in where_table()]

    assert {
        "Where is the rule that the routing ID must be mapped?",
        "What happens when a client posts feedback?",
        "How is a lead transmitted?",
        "Retry or give up?",
    } <= set(questions)
    assert sum(bool(list(named(answer))) for _question, answer in where_table()) > 25


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text()):
        if not target.startswith(("http://", "https://")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


@pytest.mark.parametrize("document", [ROOT / "docs" / "architecture.md", *(ROOT / "docs" / "decisions").glob("*.md")])
def test_paths_that_a_document_names_exist(document: Path) -> None:
    apps = ("accounts/", "distribution/", "feedback/", "leadmanager/", "tests/", "docs/", "templates/")
    for text in CODE.findall(document.read_text()):
        match = PATH.fullmatch(text)
        if match and match["path"].startswith(apps):
            assert (ROOT / match["path"]).exists(), f"{document.name}: {text}"
            assert not match["name"] or match["name"] in defined(ROOT / match["path"]), f"{document.name}: {text}"


def test_commands_that_the_documents_name_exist() -> None:
    for document in DOCUMENTS:
        for command in re.findall(r"\./run manage ([a-z_]+)", document.read_text()):
            assert command in get_commands(), f"{document.name}: {command}"
