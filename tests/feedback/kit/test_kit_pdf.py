"""The PDF: Hebrew in its order, code left to right, nothing carried out that a person wrote."""

import ctypes
from datetime import UTC, datetime

import pypdfium2
import pypdfium2.raw as raw
import pytest
from django.utils import translation

from accounts.models import User
from distribution.models import Rule
from feedback.documents.kit_files import kit_pdf
from feedback.documents.markup import tree_of
from feedback.documents.pdf import pdf_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def seen(pdf: bytes) -> list[str]:
    """Give the lines as the eye meets them: the letters of each from left to right, without spaces and marks.

    By where each letter stands: programs that extract text put the parts of a mixed line in an order of their own.
    """
    found: dict[tuple[int, float], list[tuple[float, str]]] = {}
    document = pypdfium2.PdfDocument(pdf)
    for number, page in enumerate(document):
        text = page.get_textpage()
        x, y = ctypes.c_double(), ctypes.c_double()
        for at in range(text.count_chars()):
            letter = chr(raw.FPDFText_GetUnicode(text.raw, at))
            # The program that reads turns brackets round as it sees fit.
            letter = {"}": "{", "]": "[", ")": "(", ">": "<"}.get(letter, letter)
            if not letter.isspace() and letter.isprintable():
                raw.FPDFText_GetCharOrigin(text.raw, at, x, y)
                found.setdefault((number, -round(y.value)), []).append((x.value, letter))
    document.close()
    return ["".join(letter for _x, letter in sorted(found[place])) for place in sorted(found)]


def made(html: str, *, language: str = "he", title: str = "T") -> list[str]:
    return seen(pdf_of(html, title=title, language=language, footer="", now=NOW))


def mirrored(text: str) -> str:
    """Give Hebrew text as it stands on paper, read from the left."""
    return "".join(reversed(text.replace(" ", "")))


@pytest.mark.parametrize("text", ["שמרו את זיהוי הניתוב ברשומת הליד", "ליד מנג'ר ונדל\"ן הצפון"])
@pytest.mark.parametrize("language", ["he", "en"])
def test_hebrew_runs_from_right_to_left_in_either_language(text: str, language: str) -> None:
    assert mirrored(text) in made(f"<p>{text}</p>", language=language)


def test_numbers_and_latin_words_keep_their_place_in_a_hebrew_line() -> None:
    expected = mirrored("תווים") + "36" + mirrored("אל השרת ושמרו") + "POST" + mirrored("שלחו")
    assert expected in made("<p>שלחו POST אל השרת ושמרו 36 תווים</p>")


def test_code_in_a_hebrew_line_is_one_piece_from_left_to_right() -> None:
    found = made("<p>אל <code>https://a.co.il/x?y=1</code>, עם <code>Authorization: Bearer KEY</code>.</p>")
    assert found[1] == ".Authorization:BearerKEY" + mirrored("עם") + ",https://a.co.il/x?y=1" + mirrored("אל")


def test_a_code_block_runs_left_to_right_in_a_hebrew_document() -> None:
    found = made('<pre>{"RoutingId": "019a2b3c-4d5e", "ReasonId": 2}\n  // נסגר</pre>')
    assert '{"RoutingId":"019a2b3c-4d5e","ReasonId":2{' in found
    assert "//" + mirrored("נסגר") in found


def test_what_people_write_is_text_and_never_markup_of_the_typesetter() -> None:
    hostile = '#panic "x" $ * _ ` @a \\ #read "/etc/passwd" // /* #{ #['
    assert hostile.replace(" ", "") in made(f"<p>{hostile}</p>", language="en", title=hostile)


@pytest.mark.parametrize(("language", "heading"), [("he", mirrored("מה לשמור")), ("en", "Whattostore")])
def test_the_kit_has_the_clients_own_values(customer: User, rule: Rule, language: str, heading: str) -> None:
    with translation.override(language):
        found = seen(kit_pdf(customer, address="https://leads.example.co.il", now=NOW))
    assert heading in found
    assert "POSThttps://leads.example.co.il/odata/Feedbacks" in found
    assert any("externalRef" in line and "RoutingId" in line for line in found)
    assert any(mirrored('נדל"ן הצפון') in line for line in found)
    assert any("25/11/2026" in line for line in found)
    assert any("Salesforce" in line for line in found)
    assert any(mirrored("נקבעה פגישה") in line for line in found) == (language == "he")


def test_the_tree_keeps_what_stands_on_paper_alone() -> None:
    html = """<section class="card"><h2>א</h2><nav><a>x</a></nav><p class="no-print">y</p>
      <p>one <code>two</code>
         three</p><pre>  a
    b</pre><table><tbody><tr><td><bdi class="ltr">1</bdi></td></tr></tbody></table></section>"""
    assert tree_of(html) == [
        {"is": "h2", "of": ["א"]},
        {"is": "p", "of": ["one ", {"is": "code", "of": ["two"]}, " three"]},
        {"is": "pre", "of": ["  a\n    b"]},
        {"is": "table", "of": [{"is": "tr", "of": [{"is": "td", "of": [{"is": "ltr", "of": ["1"]}]}]}]},
    ]
