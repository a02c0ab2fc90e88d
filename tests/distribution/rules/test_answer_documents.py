"""Answers laid out line by line: every value shown is found again by the path shown with it."""

import pytest

from distribution.rules import answer_documents as documents

JSON = '{"data": {"id": 8812, "tags": ["a", {"b.c": "d"}], "$x": 1.50, "e\\"f": {"g": true}}, "none": null, "": "y"}'
XML = '<r xmlns:n="u"><!-- no --><n:i k="1" n:k2="2">one</n:i><n:i>two</n:i><e/><deep><i>three</i></deep></r>'


def test_every_value_of_a_json_answer_is_found_by_its_path() -> None:
    document = documents.read_json(JSON)
    leaves = [leaf for leaf in documents.json_leaves(document) if leaf.value is not None and leaf.value != "null"]
    assert [leaf.value for leaf in leaves] == ["8812", "a", "d", "1.50", "true", "y"]
    for leaf in leaves:
        assert documents.json_value(document, documents.read_json_path(leaf.path)) == leaf.value


def test_every_text_of_an_xml_answer_is_found_by_its_path() -> None:
    root = documents.read_xml(XML)
    assert root is not None
    leaves = [leaf for leaf in documents.xml_leaves(root) if leaf.value is not None]
    assert [(leaf.path, leaf.value) for leaf in leaves] == [
        ("r/i", "one"),
        ("r/i/@k", "1"),
        ("r/i/@k2", "2"),
        ("r/i[2]", "two"),
        ("r/e", ""),
        ("r/deep/i", "three"),
    ]
    for leaf in leaves:
        assert documents.xml_value(root, documents.read_xml_path(leaf.path)) == leaf.value


def test_branches_are_lines_without_a_value() -> None:
    assert [(leaf.depth, leaf.label, leaf.value) for leaf in documents.json_leaves({"a": {"b": "c"}})] == [
        (0, "a", None),
        (1, "b", "c"),
    ]


@pytest.mark.parametrize("text", ["", "   ", "OK", "<a>", '{"a":', "[" * 50_000, "&", "<a>&undefined;</a>"])
def test_what_is_no_document_is_none(text: str) -> None:
    assert documents.read_json(text) is None
    assert documents.read_xml(text) is None


def test_a_long_answer_is_shown_from_its_beginning() -> None:
    assert len(documents.json_leaves({str(n): str(n) for n in range(5_000)})) == documents.MOST_LEAVES
