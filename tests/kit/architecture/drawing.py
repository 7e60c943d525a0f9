"""Draw boxes in levels, with arrows from each box down to those below, as plain SVG.

1. Levels are given; an arrow that passes a level goes through a gap there, as if it were a narrow box.
2. Within a level, boxes stand in the order that crosses least: each is moved to the mean place of its neighbours, a
   level at a time, down and up again, and the best of all orders is kept.
3. Nothing depends on a clock, a font on this machine, or chance: the same graph gives the same bytes.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape

SWEEPS: Final = 24
TITLE_SIZE, LINE_SIZE = 15, 12
CHARACTER: Final = 0.62
"""The width of a character in a monospaced font, as a part of its size: a little more than any such font takes."""
PADDING, GAP, LEVEL_GAP, MARGIN, LINE_HEIGHT = 10, 26, 46, 20, 17
PASSAGE: Final = 12
"""The width of the gap that an arrow passes a level through."""

_SVG: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"
  font-family="DejaVu Sans Mono, Menlo, Consolas, monospace">
<title>{title}</title>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
  <path d="M0 0L8 4L0 8z" fill="#5b6770"/></marker></defs>
<rect width="{width}" height="{height}" fill="#ffffff"/>
<g fill="none" stroke="#5b6770" stroke-width="1.3" marker-end="url(#tip)">
{arrows}
</g>
{boxes}
</svg>
"""


@dataclass(frozen=True)
class Box:
    """What stands in a box: a title, and small lines beneath it."""

    title: str
    lines: tuple[str, ...] = ()

    @property
    def width(self) -> float:
        """Pixels from side to side."""
        sizes = [TITLE_SIZE * len(self.title), *(LINE_SIZE * len(line) for line in self.lines)]
        return 2 * PADDING + CHARACTER * max(sizes)

    @property
    def height(self) -> float:
        """Pixels from top to bottom."""
        return 2 * PADDING + TITLE_SIZE + LINE_HEIGHT * len(self.lines)


@dataclass
class _Spot:
    """A box, or the passage of an arrow, where it stands."""

    width: float
    height: float = 0
    left: float = 0
    top: float = 0
    above: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return self.left + self.width / 2


def drawn(
    title: str, boxes: Mapping[str, Box], levels: Sequence[Sequence[str]], arrows: Mapping[str, Collection[str]]
) -> str:
    """Return the picture as the text of an SVG file.

    Raises:
        ValueError: for an arrow that does not go down.
    """
    spots = {name: _Spot(box.width, box.height) for name, box in boxes.items()}
    rows = [list(level) for level in levels]
    ways = _ways(spots, rows, arrows)
    rows = _untangled(rows, spots)
    width, height = _place(rows, spots)
    return _SVG.format(
        width=f"{width:.0f}",
        height=f"{height:.0f}",
        title=escape(title),
        arrows="\n".join(_arrow(way, spots) for way in ways),
        boxes="\n".join(_text(spots[name], boxes[name]) for row in rows for name in row if name in boxes),
    )


def _ways(spots: dict[str, _Spot], rows: list[list[str]], arrows: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Give every arrow its passages, and return the names along each way."""
    level = {name: number for number, row in enumerate(rows) for name in row}
    ways = []
    for name, other in sorted((name, other) for name, others in arrows.items() for other in others):
        if level[other] <= level[name]:
            raise ValueError(f"the arrow from {name} to {other} does not go down")
        passages = [f"{name} {other} {number}" for number in range(level[name] + 1, level[other])]
        for number, passage in enumerate(passages, level[name] + 1):
            spots[passage] = _Spot(PASSAGE)
            rows[number].append(passage)
        ways.append([name, *passages, other])
        for upper, lower in itertools.pairwise(ways[-1]):
            spots[upper].below.append(lower)
            spots[lower].above.append(upper)
    return ways


def _untangled(rows: list[list[str]], spots: Mapping[str, _Spot]) -> list[list[str]]:
    """Return the order of each level that crosses least, of those tried."""
    best, fewest = rows, _crossings(rows, spots)
    for sweep in range(SWEEPS):
        rows = [list(row) for row in rows]
        is_down = sweep % 2 == 0
        for number in range(1, len(rows)) if is_down else range(len(rows) - 2, -1, -1):
            beside = {name: place for place, name in enumerate(rows[number - 1 if is_down else number + 1])}
            own = {name: place for place, name in enumerate(rows[number])}

            def mean(name: str, beside: Mapping[str, int] = beside, own: Mapping[str, int] = own) -> float:
                places = [beside[one] for one in (spots[name].above + spots[name].below) if one in beside]
                return sum(places) / len(places) if places else own[name]

            rows[number].sort(key=mean)
        if (crossings := _crossings(rows, spots)) < fewest:
            best, fewest = rows, crossings
    return best


def _crossings(rows: Sequence[Sequence[str]], spots: Mapping[str, _Spot]) -> int:
    """Count the pairs of arrows that cross between two levels."""
    count = 0
    for upper, lower in itertools.pairwise(rows):
        place = {name: number for number, name in enumerate(lower)}
        ends = [sorted(place[other] for other in spots[name].below) for name in upper]
        flat = list(itertools.chain.from_iterable(ends))
        count += sum(1 for first, second in itertools.combinations(flat, 2) if first > second)
    return count


def _place(rows: Sequence[Sequence[str]], spots: Mapping[str, _Spot]) -> tuple[float, float]:
    """Give every spot its place, and return the picture's width and height."""
    top = float(MARGIN)
    for row in rows:
        height = max(spots[name].height for name in row)
        for name, left in zip(row, _packed([spots[name] for name in row]), strict=True):
            spots[name].left, spots[name].top = left, top
            spots[name].height = spots[name].height or height
        top += height + LEVEL_GAP
    for number in [*range(1, len(rows)), *range(len(rows) - 2, -1, -1)] * SWEEPS:
        _align([spots[name] for name in rows[number]], spots)
    return _close_up(sorted(spots.values(), key=lambda spot: spot.left)), top - LEVEL_GAP + MARGIN


def _packed(row: Sequence[_Spot]) -> list[float]:
    """Return where each spot of a level begins if they stand side by side around nought."""
    ends = list(itertools.accumulate((spot.width + GAP for spot in row), initial=0.0))
    return [end - ends[-1] / 2 for end in ends[:-1]]


def _align(row: Sequence[_Spot], spots: Mapping[str, _Spot]) -> None:
    """Move the spots of a level to the mean place of their neighbours, as far as they leave each other room."""
    wished = []
    for spot in row:
        beside = [(spots[name].middle, _stiffness(spot, spots[name])) for name in spot.above + spot.below]
        weight = sum(stiffness for _, stiffness in beside)
        wished.append(
            (sum(x * stiffness for x, stiffness in beside) / weight if weight else spot.middle) - spot.width / 2
        )
    from_left, from_right = list(wished), list(wished)
    for number in range(1, len(row)):
        from_left[number] = max(wished[number], from_left[number - 1] + row[number - 1].width + GAP)
    for number in range(len(row) - 2, -1, -1):
        from_right[number] = min(wished[number], from_right[number + 1] - row[number].width - GAP)
    for spot, left, right in zip(row, from_left, from_right, strict=True):
        spot.left = (left + right) / 2


def _close_up(spots: Sequence[_Spot]) -> float:
    """Take out the columns in which nothing stands, of spots from left to right, and return the picture's width."""
    shift, end = MARGIN - spots[0].left, float(MARGIN)
    for spot in spots:
        shift -= max(spot.left + shift - end - GAP, 0)
        spot.left += shift
        end = max(end, spot.left + spot.width)
    return end + MARGIN


def _stiffness(spot: _Spot, other: _Spot) -> int:
    """Return how much a line resists a bend between two spots: most where it passes level after level."""
    return 1 + 7 * (spot.width == other.width == PASSAGE)


def _port(spot: _Spot, neighbours: Sequence[str], name: str, spots: Mapping[str, _Spot]) -> float:
    """Return where on a side of a box the arrow from or to one neighbour ends: they share two thirds of the side."""
    order = sorted(neighbours, key=lambda one: (spots[one].middle, one))
    return spot.middle + spot.width * 2 / 3 * ((order.index(name) + 0.5) / len(order) - 0.5)


def _arrow(way: Sequence[str], spots: Mapping[str, _Spot]) -> str:
    """Return a line from the bottom of the first box, straight through each passage, to the top of the last."""
    path: list[str] = []
    for upper, lower in itertools.pairwise(way):
        above, below = spots[upper], spots[lower]
        x, y = _port(above, above.below, lower, spots), above.top + above.height
        to_x, to_y = _port(below, below.above, upper, spots), below.top
        bend = (y + to_y) / 2
        path.append(
            f"{'L' if path else 'M'}{x:.0f} {y:.0f}C{x:.0f} {bend:.0f} {to_x:.0f} {bend:.0f} {to_x:.0f} {to_y:.0f}"
        )
    return f'<path d="{"".join(path)}"/>'


def _text(spot: _Spot, box: Box) -> str:
    middle, top = spot.middle, spot.top + PADDING + TITLE_SIZE - 2
    lines = "".join(
        f'<text x="{middle:.0f}" y="{top + LINE_HEIGHT * number:.0f}" font-size="{LINE_SIZE}" fill="#33414b">'
        f"{escape(line)}</text>"
        for number, line in enumerate(box.lines, 1)
    )
    return (
        f'<g text-anchor="middle"><rect x="{spot.left:.0f}" y="{spot.top:.0f}" width="{spot.width:.0f}" '
        f'height="{spot.height:.0f}" rx="5" fill="#eef3f6" stroke="#33414b"/>'
        f'<text x="{middle:.0f}" y="{top:.0f}" font-size="{TITLE_SIZE}" font-weight="bold">{escape(box.title)}</text>'
        f"{lines}</g>"
    )
