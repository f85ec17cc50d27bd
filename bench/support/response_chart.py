"""A chart of response times as SVG, with the knee of each curve marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10

WIDTH, HEIGHT, MARGIN = 720, 400, 56
COLORS = ("#0b6e4f", "#c8553d", "#2f4b7c", "#8a6d1c", "#7a3e9d")
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#24303a}"
    ".frame{fill:#fff;stroke:#c5ccd3}.grid{stroke:#e4e8ec}"
)
#: The vertical axis is logarithmic, between these powers of ten.
LOWEST_POWER, HIGHEST_POWER = 0, 4


@dataclass(frozen=True)
class Curve:
    """label: beside its line. points: load -> milliseconds. knee: one of the loads."""

    label: str
    points: Mapping[float, float]
    knee: float


def draw_chart(curves: Sequence[Curve], x_label: str, y_label: str) -> str:
    """Return the SVG document."""
    largest = max(max(curve.points) for curve in curves)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(y_label)} by {escape(x_label)}</title><style>{STYLE}</style>",
        f'<rect class="frame" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}"/>',
        *_draw_grid(largest),
    ]
    for number, curve in enumerate(curves):
        parts += _draw_curve(curve, COLORS[number % len(COLORS)], number, largest)
    middle = WIDTH / 2
    parts.append(f'<text x="{middle:.0f}" y="{HEIGHT - 12}" text-anchor="middle">{x_label}</text>')
    parts.append(f'<text x="12" y="20">{y_label}</text></svg>')
    return "\n".join(parts) + "\n"


def _draw_grid(largest: float) -> list[str]:
    parts = []
    for power in range(LOWEST_POWER, HIGHEST_POWER + 1):
        y = _y(10**power)
        parts.append(f'<path class="grid" d="M{MARGIN} {y:.1f}H{WIDTH - MARGIN}"/>')
        parts.append(f'<text x="{MARGIN - 8}" y="{y + 4:.1f}" text-anchor="end">{10**power}</text>')
    step = _round_step(largest / 6)
    for number in range(int(largest / step) + 1):
        x = _x(number * step, largest)
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - MARGIN + 18}" text-anchor="middle">'
            f"{number * step:g}</text>"
        )
    return parts


def _round_step(value: float) -> float:
    """Return 1, 2 or 5 times a power of ten, the next one above."""
    power: float = 10 ** int(log10(value)) if value >= 1 else 0.1
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= value)


def _draw_curve(curve: Curve, color: str, number: int, largest: float) -> list[str]:
    points = " ".join(f"{_x(x, largest):.1f},{_y(y):.1f}" for x, y in sorted(curve.points.items()))
    knee_x, knee_y = _x(curve.knee, largest), _y(curve.points[curve.knee])
    label_y = MARGIN + 4 + 20 * number
    return [
        f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>',
        f'<circle cx="{knee_x:.1f}" cy="{knee_y:.1f}" r="5" fill="{color}"/>',
        f'<rect x="{MARGIN + 16}" y="{label_y - 9}" width="16" height="3" fill="{color}"/>',
        f'<text x="{MARGIN + 40}" y="{label_y}">{escape(curve.label)}'
        f" (knee at {curve.knee:.0f})</text>",
    ]


def _x(value: float, largest: float) -> float:
    return MARGIN + value / largest * (WIDTH - 2 * MARGIN)


def _y(milliseconds: float) -> float:
    power = min(max(log10(milliseconds), LOWEST_POWER), HIGHEST_POWER)
    share = (power - LOWEST_POWER) / (HIGHEST_POWER - LOWEST_POWER)
    return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)
