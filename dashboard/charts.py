"""Charts: what a report says as Plotly figures. The only user of plotly.

A figure travels as JSON inside the page and is drawn by static/trekvart.js. Colours are the stylesheet's names,
"var(--accent)", which the browser fills in, so that one figure serves light and dark.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from dashboard.present import Bar, Point
from dashboard.words import Words

ACCENT, TINT, SOFT, LINE, INK, CARD, HATCH = (
    f"var(--{name})" for name in ("accent", "tint", "soft", "line", "ink", "card", "hatch")
)
HATCHED: Final = {"shape": "/", "fillmode": "overlay", "bgcolor": CARD, "fgcolor": ACCENT, "fgopacity": 0.4, "size": 8}
ROW: Final = 30  # pixels of a bar of a list, with the space between
NAME: Final = 22  # characters of a name beside such a bar: on a phone it leaves the bars half the width
LABEL: Final = 28  # characters of a name inside a chart
TICKS: Final = 8  # labels under an axis on a wide screen; static/trekvart.js thins them on a narrow one


@cache
def library_version() -> str:
    """The version of plotly, and so of its script."""
    return version("plotly")


@cache
def library_file() -> Path:
    """The script inside the installed package: nothing is fetched from anywhere else."""
    spec = find_spec("plotly")  # finds the package without the 0.2 s of importing it
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


@cache
def library_style_ids() -> tuple[str, ...]:
    """The ids of the style elements that parts of the script bring along for maps, unless such an element is there.

    The page has empty ones under these ids: our charts have no maps, and inline styles are refused by its policy.
    """
    found = re.findall(rb'document\.getElementById\("([0-9a-f]{64})"\)', library_file().read_bytes())
    return tuple(sorted({name.decode() for name in found}))


def time_chart(points: Sequence[Point], words: Words, *, bars: bool, notes: Sequence[tuple[int, str]] = ()) -> str:
    """The period over time, with the period before dotted behind: JSON of a figure. `bars`: a bar a bucket, for hours.

    `notes` are what staff wrote, each at the number of its bucket.

    A bucket that is still going on is drawn dashed or pale: it is not yet what it will be.
    """
    import plotly.graph_objects as go  # here because it takes 0.2 s and 16 MB, and a server may never draw

    xs = list(range(len(points)))
    now = [p.value for p in points]
    hover = {
        "customdata": [plain(p.spoken).replace("\n", "<br>") for p in points],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    behind = go.Scatter(
        x=xs,
        y=[p.before for p in points],
        mode="lines",
        line={"color": SOFT, "width": 1.5, "dash": "dot", "shape": "hvh" if bars else "linear"},
        opacity=0.75,
        hoverinfo="skip",
    )
    if bars:
        pale = [0.45 if p.ongoing else 1 for p in points]
        traces = [
            go.Bar(x=xs, y=now, marker={"color": ACCENT, "opacity": pale, "cornerradius": 3}, **hover),
            behind,
        ]
    else:
        done = [None if p.ongoing else p.value for p in points]
        traces = [
            go.Scatter(x=xs, y=done, mode="lines", line={"width": 0}, fill="tozeroy", fillcolor=TINT, hoverinfo="skip"),
            behind,
            go.Scatter(x=xs, y=done, mode="lines", line={"color": ACCENT, "width": 2.5}, hoverinfo="skip"),
            go.Scatter(
                x=xs, y=now, mode="lines+markers", line={"color": ACCENT, "width": 1.5, "dash": "dot"}, **hover
            ).update(marker={"color": ACCENT, "size": _dots(points)}),
        ]
    known = [v for p in points for v in (p.value, p.before) if v is not None]
    layout = _layout(words, max(known, default=0), [p.short for p in points], bars=bars)
    return _json(go.Figure(traces, {**layout, **_notes(notes, len(points))}))


def panel_chart(bars: Sequence[Bar], words: Words) -> str:
    """A panel whose values have an order, as columns: JSON of a figure. What waits is hatched, as in the lists."""
    import plotly.graph_objects as go  # as in time_chart

    traces = [
        go.Bar(
            x=[i for i, bar in enumerate(bars) if bar.waiting is waits],
            y=[bar.n for bar in bars if bar.waiting is waits],
            marker={"color": ACCENT, "cornerradius": 4, "line": {"width": 0}} | ({"pattern": HATCHED} if waits else {}),
            text=[plain(bar.share) for bar in bars if bar.waiting is waits],
            textposition="outside",
            cliponaxis=False,
            customdata=[plain(f"{bar.name}: {words.number(bar.n)}") for bar in bars if bar.waiting is waits],
            hovertemplate="%{customdata}<extra></extra>",
        )
        for waits in (False, True)
    ]
    names = [words("panel.waits") if bar.waiting else bar.name for bar in bars]
    layout = _layout(words, max((bar.n for bar in bars), default=0), names, bars=True, ticks=40)
    return _json(go.Figure(traces, {**layout, "barmode": "overlay"}))


def rank_chart(bars: Sequence[Bar], words: Words) -> str:
    """A list as bars from the left, in its order: JSON of a figure. What waits is hatched, and last."""
    import plotly.graph_objects as go  # as in time_chart

    traces = [
        go.Bar(
            orientation="h",
            y=[i for i, bar in enumerate(bars) if bar.waiting is waits],
            x=[bar.n for bar in bars if bar.waiting is waits],
            marker={"color": ACCENT, "cornerradius": 4, "line": {"width": 0}} | ({"pattern": HATCHED} if waits else {}),
            text=[plain(bar.share) for bar in bars if bar.waiting is waits],
            textposition="outside",
            cliponaxis=False,
            customdata=[
                plain(f"{_short(bar.name, 90)}: {words.number(bar.n)}") for bar in bars if bar.waiting is waits
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
        for waits in (False, True)
    ]
    layout = _layout(words, max((bar.n for bar in bars), default=0), [], bars=True)
    counts = {key: value for key, value in layout["yaxis"].items() if key != "ticklabelstandoff"}
    counts["range"] = [0, counts["range"][1] * 1.1]  # room for the share beside the longest
    names = layout["xaxis"] | {
        "tickvals": list(range(len(bars))),
        "ticktext": [plain(_short(words("panel.waits") if bar.waiting else bar.name, NAME)) for bar in bars],
        "range": [len(bars) - 0.4, -0.6],
        "ticklabelstandoff": 8,
    }
    sides = {"xaxis": counts, "yaxis": names, "height": ROW * len(bars) + 50, "barmode": "overlay"}
    return _json(go.Figure(traces, {**layout, **sides}))


def flow_chart(steps: Sequence[tuple[str, str, int]], words: Words) -> str:
    """From pages on the left to pages on the right, as wide as often: JSON of a figure.

    Two columns and no more: only pairs are counted, so that nothing says how a step went on.
    """
    import plotly.graph_objects as go  # as in time_chart

    left, right = list(dict.fromkeys(a for a, _, _ in steps)), list(dict.fromkeys(b for _, b, _ in steps))
    names = [*left, *right]
    sankey = go.Sankey(
        arrangement="fixed",
        textfont={"color": INK, "size": 12.5, "shadow": "none"},
        node={
            "label": [plain(_short(name)) for name in names],
            "customdata": [plain(name) for name in names],
            "hovertemplate": "%{customdata}<extra></extra>",
            "color": ACCENT,
            "line": {"width": 0},
            "pad": 14,
            "thickness": 10,
        },
        link={
            "source": [left.index(step[0]) for step in steps],
            "target": [len(left) + right.index(step[1]) for step in steps],
            "value": [step[2] for step in steps],
            "color": HATCH,
            "customdata": [plain(f"{a} → {b}: {words.number(n)}") for a, b, n in steps],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    )
    layout = {
        "template": "none",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 4, "r": 4, "t": 10, "b": 10},
        "font": {"color": INK, "size": 12.5},
        "hoverlabel": {"bgcolor": CARD, "bordercolor": LINE, "font": {"color": INK, "size": 13}, "align": "left"},
    }
    return _json(go.Figure([sankey], layout))


def _short(text: str, most: int = LABEL) -> str:
    """A label that leaves room for others; the whole is told by pointing, and in the list."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _notes(notes: Sequence[tuple[int, str]], buckets: int) -> dict[str, Any]:
    """A dotted line and the text at each; a text beyond the middle stands to the left of its line."""
    line = {"color": SOFT, "width": 1, "dash": "dot"}
    lines = [
        {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "line": line, "layer": "below"}
        for at in sorted({at for at, _ in notes})
    ]
    first = dict(reversed(notes))
    texts = [
        {
            "x": at,
            "y": 1,
            "yref": "paper",
            "yanchor": "top",
            "xanchor": "left" if at <= buckets / 2 else "right",
            "xshift": 5 if at <= buckets / 2 else -5,
            "text": plain(_short(text)),
            "showarrow": False,
            "font": {"color": SOFT, "size": 12},
            "hovertext": plain(text),
        }
        for at, text in first.items()
    ]
    return {"shapes": lines, "annotations": texts} if notes else {}


def plain(text: str) -> str:
    """Text that Plotly shows as it stands: it reads <b>, <a href> and entities in labels as markup otherwise."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def scale(top: float) -> list[int]:
    """Where an axis from 0 has its lines: 2 to 5 whole numbers at round steps, none over `top` (but 1 over 0)."""
    # 1, 2, 5, and from ten on 2.5, times a power of ten: halves of 2, 4, 10 and 5
    sizes = (size * 10**power // 2 for power in range(18) for size in (2, 4, 5, 10) if power or size != 5)
    step = next(step for step in sizes if 4 * step >= top)
    return list(range(0, max(int(top), step) + 1, step))


def _dots(points: Sequence[Point]) -> list[int]:
    """One dot, on the last known point; many would be noise."""
    last = max((i for i, p in enumerate(points) if p.value is not None), default=-1)
    return [7 if i == last else 0 for i in range(len(points))]


def _layout(words: Words, top: float, labels: Sequence[str], *, bars: bool, ticks: int = TICKS) -> dict[str, Any]:
    every = max(1, -(-len(labels) // ticks))
    lines = scale(top)
    shown = list(range(0, len(labels), every))
    return {
        "template": "none",
        "showlegend": False,
        "hovermode": "closest" if bars else "x",
        "hoverdistance": 60,
        "dragmode": False,
        "bargap": 0.22,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 14, "t": 14, "b": 8},
        "font": {"color": SOFT, "size": 12.5},
        "hoverlabel": {"bgcolor": CARD, "bordercolor": LINE, "font": {"color": INK, "size": 13}, "align": "left"},
        "xaxis": {
            "tickvals": shown,
            "ticktext": [plain(labels[i]) for i in shown],
            "range": [-0.6, len(labels) - 0.4] if bars else [-0.15, len(labels) - 0.85],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "tickangle": 0,
            "ticklabelstandoff": 4,
            "automargin": True,
        },
        "yaxis": {
            "tickvals": lines,
            "ticktext": [words.number(line) for line in lines],
            "range": [0, max(lines[-1], top) * 1.06],
            "fixedrange": True,
            "gridcolor": LINE,
            "zeroline": False,
            "automargin": True,
            "ticklabelstandoff": 10,
        },
    }


def _json(figure: Any) -> str:
    """The figure for a `<script type="application/json">`, where only "<" could end the element or open a comment."""
    parts: Mapping[str, Any] = json.loads(figure.to_json())
    text = json.dumps({"data": parts["data"], "layout": parts["layout"]}, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
