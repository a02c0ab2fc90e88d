"""Charts as geometry, drawn by `feedback/reports/chart.html` as SVG without a style or script of its own.

Bars only: every text stands outside of the drawing, so that it keeps its size on a phone. Time runs in the direction of
reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 1000, 200
_BAR_SHARE = 0.78
_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Series:
    """One colour of a chart; `tone` is its class: brand, ok, warn, bad, neutral."""

    label: str
    tone: str


@dataclass(frozen=True)
class Column:
    """What stands above one place of the axis: a value for each series."""

    label: str
    values: Sequence[int]


@dataclass(frozen=True)
class Segment:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawn chart: `ticks` are the axis's numbers from the top down, `labels` name first, middle and last column."""

    title: str
    series: Sequence[Series]
    segments: list[Segment]
    ticks: list[int]
    labels: list[str]
    width: int = WIDTH
    height: int = HEIGHT
    middle: int = HEIGHT // 2


def stacked(title: str, series: Sequence[Series], columns: Sequence[Column], *, is_rtl: bool) -> Chart:
    """Draw columns of segments one above the other, the first series at the bottom."""
    top = nice_top(max((sum(column.values) for column in columns), default=0))
    step = WIDTH / max(len(columns), 1)
    segments = []
    for place, column in enumerate(columns):
        at = len(columns) - 1 - place if is_rtl else place
        x, base = at * step + step * (1 - _BAR_SHARE) / 2, float(HEIGHT)
        for one, value in zip(series, column.values, strict=True):
            if not value:
                continue
            height = value * HEIGHT / top
            base -= height
            title_text = f"{column.label} · {one.label}: {value}"
            size = (round(x, 2), round(base, 2), round(step * _BAR_SHARE, 2), round(height, 2))
            segments.append(Segment(*size, one.tone, title_text))
    names = [column.label for column in columns]
    labels = [names[0], names[len(names) // 2], names[-1]] if len(names) > 2 else names
    return Chart(title=title, series=series, segments=segments, ticks=[top, top // 2, 0], labels=labels)


def nice_top(most: int) -> int:
    """Give the even round number that the axis ends at: the least of 2, 4, 10, 20, 40, 100, ... that is not passed."""
    scale = 1
    while True:
        for step in _STEPS:
            if most <= 2 * step * scale:
                return 2 * step * scale
        scale *= 10
