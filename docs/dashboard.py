#!/usr/bin/env python3
"""Draws the dashboard of template.yaml from what the function prints, with a report for each hour.

    cargo run --example reports | docs/dashboard.py > docs/dashboard.svg

Titles, metrics and columns are read from the template. One that the function does not print is an error.
"""

import json
import re
import sys
from html import escape
from pathlib import Path
from textwrap import dedent

COLORS = ["#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#17becf", "#bcbd22"]
STYLE = """text { font: 12px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #16191f }
.title { font-size: 15px; font-weight: 600 } .number { font-size: 44px } .cell { font-size: 11px } .bad { fill: #d13212 }
.axis { fill: #687078 } .end { text-anchor: end } .grid { stroke: #eaeded } .mark { stroke: #d13212; stroke-dasharray: 6 4 }
.card { fill: #fff; stroke: #d5dbdb } polyline { fill: none; stroke-width: 2; stroke-linejoin: round }"""
CHARS_MAX, CHAR_WIDTH = 62, 6  # In a cell of a table.
TICK = 43_200


def search(lines: list[dict], metric: dict) -> dict[str, list[tuple[int, int]]]:
    """The hour and value of each point that a SEARCH finds in the lines' metrics, by its label."""
    space, by, name = re.match(r"SEARCH\('\{(\w+),(.+?)\} MetricName=\"(\w+)\"", metric["expression"]).groups()
    hours = {at: hour for hour, at in enumerate(sorted({line["_aws"]["Timestamp"] for line in lines}))}
    found = {}
    for line in lines:
        (told,) = line["_aws"]["CloudWatchMetrics"]
        names = [each["Name"] for each in told["Metrics"]]
        if told["Namespace"] == space and by.split(",") in told["Dimensions"] and name in names:
            label = re.sub(r"\$\{PROP\('Dim\.(\w+)'\)\}", lambda part, line=line: line[part[1]], metric["label"])
            found.setdefault(label, []).append((hours[line["_aws"]["Timestamp"]], line[name]))
    assert found, f"no line has {metric['expression']}"
    return dict(sorted(found.items()))


def flat(value: object, path: str = "") -> dict[str, object]:
    """A log line's fields by their names, as Logs Insights has them: `Owner.StackId`, `Drift.0`."""
    if not isinstance(value, dict | list):
        return {} if value is None else {path: value}
    members = value.items() if isinstance(value, dict) else enumerate(value)
    return {name: leaf for key, member in members for name, leaf in flat(member, f"{path}.{key}".strip(".")).items()}


def text(x: float, y: float, words: object, kind: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}">{escape(str(words))}</text>\n'


def label(x: float, y: float, words: str, color: str) -> str:
    return f'<rect x="{x:.0f}" y="{y - 9:.0f}" width="10" height="10" rx="2" fill="{color}"/>' + text(x + 16, y, words)


def rule(y: float, left: float, right: float, kind: str = "grid") -> str:
    return f'<path d="M{left:.0f} {y:.0f}H{right:.0f}" class="{kind}"/>\n'


def numbers(width: int, found: dict, colors: dict) -> str:
    drawn = ""
    for index, (name, points) in enumerate(found.items()):
        x, y, value = 24 + index % 5 * (width - 24) / 5, 96 + index // 5 * 104, points[-1][1]
        drawn += text(x, y, value, "number" if value else "number bad") + label(x, y + 26, name, colors[name])
    return drawn


def curves(width: int, height: int, found: dict, colors: dict, shown: dict) -> str:
    left, right, top, bottom = 84, width - 210, 74, height - 36
    last, highest = (max(point[axis] for points in found.values() for point in points) for axis in (0, 1))
    highest = -(-highest // TICK) * TICK
    across = [left + (right - left) * hour / last for hour in range(last + 1)]

    def up(second: int) -> float:
        return bottom - (bottom - top) * second / highest

    drawn = text(left - 8, top - 16, shown["yAxis"]["left"]["label"], "axis end")
    for second in range(0, highest + 1, TICK):
        drawn += rule(up(second), left, right) + text(left - 8, up(second) + 4, f"{second:,}", "axis end")
    for hour in range(0, last + 1, 6):
        drawn += text(across[hour] - 14, bottom + 22, f"−{last - hour} h" if hour < last else "now", "axis")
    for line in shown["annotations"]["horizontal"]:
        y = up(line["value"])
        drawn += rule(y, left, right, "mark") + text(left + 6, y - 6, line["label"], "bad")
    for index, (name, points) in enumerate(found.items()):
        path = " ".join(f"{across[hour]:.0f},{up(second):.0f}" for hour, second in points)
        drawn += f'<polyline points="{path}" stroke="{colors[name]}"/>\n'
        drawn += label(right + 24, top + 4 + index * 22, name, colors[name])
    return drawn


def table(lines: list[dict], query: str) -> str:
    """Of `filter ispresent(…) and … | stats latest(FIELD) as COLUMN, … by FIELD, … | sort COLUMN asc, …`."""
    present, by = re.findall(r"ispresent\((\w+)\)", query), re.search(r" by (.+?) \|", query)[1].split(", ")
    fields = {name: name for name in by} | {name: it for it, name in re.findall(r"latest\((.+?)\) as (\w+)", query)}
    order = [name.removesuffix(" asc") for name in query.split("| sort ")[1].split(", ")]
    kept = [line for line in map(flat, lines) if all(field in line for field in present)]
    absent = [field for field in fields.values() if not any(field in line for line in kept)]
    assert not absent, f"no line has {absent}"
    rows = [{name: line.get(field, "") for name, field in fields.items()} for line in kept]
    latest = {tuple(row[name] for name in by): row for row in rows}
    rows = sorted(latest.values(), key=lambda row: [row[name] for name in order])
    drawn, x = "", 24.0
    for name in fields:
        cells = [re.sub(f"(.{{{CHARS_MAX}}}).+", r"\1…", str(row[name])) for row in rows]
        drawn += text(x, 66, name, "axis")
        for index, cell in enumerate(cells):
            drawn += text(x, 94 + 26 * index, cell, "cell bad" if (name, cell) == ("Health", "0") else "cell")
        x += 16 + CHAR_WIDTH * max(map(len, [name, *cells]))
    return drawn + "".join(rule(76 + 26 * index, 24, x) for index in range(len(rows)))


template = (Path(__file__).parent.parent / "template.yaml").read_text(encoding="utf-8")
body = re.search(r"DashboardBody: !Sub \|\n((?: {8}.*\n)+)", template)[1]
body = dedent(body).replace("${AWS::Region}", "us-east-1").replace("${!", "${")
lines = [line for line in map(json.loads, sys.stdin) if "_aws" in line]
drawn, colors, bottom = "", {}, 0
for widget in json.loads(body)["widgets"]:
    x, width, y, height = (widget[key] * cell for key, cell in (("x", 50), ("width", 50), ("y", 46), ("height", 46)))
    shown, bottom = widget["properties"], max(bottom, y + height)
    drawn += f'<g transform="translate({x} {y})">\n'
    drawn += f'<rect x="6" y="6" width="{width - 12}" height="{height - 12}" rx="8" class="card"/>\n'
    drawn += text(24, 34, shown["title"], "title")
    if widget["type"] == "log":
        drawn += table(lines, shown["query"])
    else:
        found = search(lines, shown["metrics"][0][0])
        colors = colors or dict(zip(found, COLORS, strict=False))
        is_number = shown["view"] == "singleValue"
        drawn += numbers(width, found, colors) if is_number else curves(width, height, found, colors, shown)
    drawn += "</g>\n"
print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 {bottom}">\n<style>{STYLE}</style>')
print(f'<rect width="100%" height="100%" fill="#f2f3f3"/>\n{drawn}</svg>')
