"""The skin: nothing the policy forbids, every icon drawn, colours that can be read, names that keep their order."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from leadmanager.navigation import GROUPS, Entry
from leadmanager.templatetags.skin import ICON_OF_MESSAGE, direction, initials

TEMPLATES = sorted(Path(settings.BASE_DIR / "templates").rglob("*.html"))
# A mail is shown by mail programs, which know no policy of ours.
PAGES = [path for path in TEMPLATES if "mail" not in path.parts]
STATIC = Path(settings.BASE_DIR) / "leadmanager" / "static" / "leadmanager"
TOKENS = (STATIC / "css" / "tokens.css").read_text()

# Text and its ground, and the least contrast that WCAG 2.2 AA asks: 4.5 for text, 3 for the edge of a control.
PAIRS = [
    *((text, ground, 4.5) for text in ("text", "muted") for ground in ("bg", "surface", "raised", "neutral-soft")),
    *((state, ground, 4.5) for state in ("brand", "ok", "warn", "bad") for ground in ("surface", f"{state}-soft")),
    *(("on-brand", ground, 4.5) for ground in ("brand", "brand-hover", "bad")),
    ("muted", "brand-soft", 4.5),
    ("brand", "bg", 4.5),
    *(("control-line", ground, 3.0) for ground in ("bg", "surface", "raised")),
]


def rendered(source: str, **values: object) -> str:
    return Template("{% load skin %}" + source).render(Context(values))


def colours(token: str) -> tuple[str, str]:
    """The light and the dark value of a token."""
    match = re.search(rf"--{token}: light-dark\((#\w{{6}}), (#\w{{6}})\)", TOKENS)
    assert match, token
    return match[1], match[2]


def contrast(first: str, second: str) -> float:
    """WCAG 2.2, definition of contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
        red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def navigation_icons(entries: tuple[Entry, ...]) -> set[str]:
    return {entry.icon for entry in entries}.union(*(navigation_icons(entry.children) for entry in entries))


@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
def test_text_can_be_read_in_both_themes(text: str, ground: str, least: float) -> None:
    for ink, paper in zip(colours(text), colours(ground), strict=True):
        assert contrast(ink, paper) >= least


def test_every_variable_of_stock_admin_is_set() -> None:
    stock = "".join(Path(finders.find(f"admin/css/{name}.css")).read_text() for name in ("base", "dark_mode"))
    assert set(re.findall(r"^\s+(--[\w-]+):", stock, re.M)) <= set(re.findall(r"^\s+(--[\w-]+):", TOKENS, re.M))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(settings.BASE_DIR).as_posix())
def test_no_template_holds_what_the_content_security_policy_refuses(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", text)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    named = set(ICON_OF_MESSAGE.values()) | {"info"}
    for _, entries in GROUPS:
        named |= navigation_icons(entries)
    for path in TEMPLATES:
        named |= set(re.findall(r'(?:\{% icon |\sicon=)"([\w-]+)"', path.read_text()))
    assert named <= drawn


@pytest.mark.django_db
def test_all_files_of_the_frame_exist(client: Client) -> None:
    page = client.get("/admin/login/").content.decode()
    files = re.findall(r"(?:src|href)=\"/static/([^\"#]+)", page)
    assert "leadmanager/css/tokens.css" in files
    assert [name for name in files if finders.find(name) is None] == []


@pytest.mark.parametrize("template", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
@pytest.mark.parametrize(("language", "side"), [("he", "rtl"), ("en", "ltr")])
def test_error_pages_need_nothing_from_the_request(template: str, language: str, side: str) -> None:
    with translation.override(language):
        assert f'<html lang="{language}" dir="{side}">' in render_to_string(template)


@pytest.mark.parametrize(
    ("text", "side"), [("CRM ראשי", "rtl"), ("Solar Roof Ltd.", "ltr"), ("+972-50-1234567", "ltr")]
)
def test_a_name_runs_as_its_letters_do(text: str, side: str) -> None:
    assert direction(text) == side
    assert rendered("{% name text %}", text=text) == f'<bdi dir="{side}">{text}</bdi>'


def test_a_name_is_escaped() -> None:
    assert "<b>" not in rendered("{% name text %}{% pill 'ok' text %}", text="<b>x")


def test_a_state_is_a_word_and_not_a_colour_alone() -> None:
    assert rendered("{% pill 'warn' 'מושהה' %}") == '<span class="pill pill-warn"><bdi dir="rtl">מושהה</bdi></span>'


def test_a_key_can_be_copied() -> None:
    html = rendered("{% key_field 'lm_abc' id='api-key' %}")
    assert '<code class="key-field-value" id="api-key">lm_abc</code>' in html
    assert 'data-copy="api-key"' in html


def test_initials_come_from_the_first_two_words() -> None:
    assert [initials(name) for name in ("נועה בן־דוד", "dana", "", "a b c")] == ["נב", "D", "", "AB"]
