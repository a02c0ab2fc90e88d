"""Our HTML documents as PDF, Hebrew in its order: set by Typst, which installs from a wheel alone.

Text goes in as data, never as markup of the typesetter: nothing that a person wrote is carried out. Fonts are ours
and Typst's own; nothing is fetched.
"""

import json
from datetime import datetime
from pathlib import Path

from feedback.documents.markup import tree_of

HERE = Path(__file__).resolve().parent
TEMPLATE = HERE / "document.typ"
FONTS = HERE / "fonts"


def pdf_of(html: str, *, title: str, language: str, footer: str, now: datetime) -> bytes:
    """Give a document as a tagged PDF, right to left in Hebrew; `footer` stands at the foot of each page."""
    import typst  # 80 MB of machine code, needed here alone

    data = {"title": title, "language": language, "footer": footer, "blocks": tree_of(html)}
    return typst.compile(
        TEMPLATE,
        root=HERE,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"document": json.dumps(data)},
        timestamp=int(now.timestamp()),
    )
