"""Line charts as SVG: panels side by side, a line for each peer, axes in powers of ten."""

import html
import math

# One colour for a peer in every plot; told apart also by who can't tell red from green.
COLOURS = {
    "sluice": "#0b5cad",
    "floor": "#8a8a8a",
    "nginx": "#1b9e77",
    "beast": "#d95f02",
    "bun": "#b8860b",
    "go": "#00a3c7",
    "node": "#7a5195",
    "quart": "#c2255c",
}
WIDTH, HEIGHT = 430, 300
LEFT, RIGHT, TOP, BOTTOM = 58, 56, 40, 44
LEGEND = 34
FONT = "font-family='system-ui, sans-serif'"


def text(x, y, content, size=12, anchor="middle", colour="#333", weight="normal"):
    return (f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' text-anchor='{anchor}' "
            f"fill='{colour}' font-weight='{weight}'>{html.escape(content)}</text>")


def line(x1, y1, x2, y2, colour="#e4e4e4"):
    return (f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{colour}' "
            "stroke-width='1'/>")


def brief(number):
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:g}{unit}"
    return f"{number:g}"


class Axis:
    """Maps the logarithm of a value to a place between two pixels."""

    def __init__(self, values, start, end):
        self.low = math.floor(math.log10(min(values)) + 1e-9)
        self.high = max(math.ceil(math.log10(max(values)) - 1e-9), self.low + 1)
        self.start, self.end = start, end

    def place(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self):
        step = 1 if self.high - self.low <= 6 else 2
        return [10.0 ** power for power in range(self.low, self.high + 1, step)]


def spread_out(places, gap=12.0):
    """Moves labels at these heights apart, so that none covers another."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    for before, after in zip(order, order[1:]):
        moved[after] = max(moved[after], moved[before] + gap)
    return moved


def panel(title, x_label, y_label, lines, left):
    """`lines`: peer -> [(x, y)]. Both axes are logarithmic."""
    points = [point for line_points in lines.values() for point in line_points]
    across = Axis([x for x, _ in points], left + LEFT, left + WIDTH - RIGHT)
    up = Axis([y for _, y in points], LEGEND + HEIGHT - BOTTOM, LEGEND + TOP)
    parts = [text(left + LEFT, LEGEND + 16, title, 13, "start", "#111", "600"),
             text(left + LEFT, LEGEND + 31, y_label, 11, "start", "#666"),
             text((across.start + across.end) / 2, LEGEND + HEIGHT - 8, x_label, 11, colour="#666")]
    for tick in up.ticks():
        parts.append(line(across.start, up.place(tick), across.end, up.place(tick)))
        parts.append(text(across.start - 6, up.place(tick) + 4, brief(tick), 11, "end", "#666"))
    for tick in across.ticks():
        parts.append(line(across.place(tick), up.start, across.place(tick), up.start + 4, "#999"))
        parts.append(text(across.place(tick), up.start + 17, brief(tick), 11, colour="#666"))
    parts.append(line(across.start, up.start, across.end, up.start, "#999"))

    ends = spread_out([up.place(line_points[-1][1]) for line_points in lines.values()])
    # Sluice last: on top of the others.
    order = sorted(zip(lines, ends), key=lambda entry: entry[0] == "sluice")
    for peer, end in order:
        places = [(across.place(x), up.place(y)) for x, y in lines[peer]]
        colour, width = COLOURS.get(peer, "#000"), 3 if peer == "sluice" else 1.7
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}' "
                     f"stroke-width='{width}' stroke-linejoin='round'/>")
        parts += [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{width}' fill='{colour}'/>"
                  for x, y in places]
        weight = "700" if peer == "sluice" else "normal"
        parts.append(text(places[-1][0] + 7, end + 4, peer, 11, "start", colour, weight))
    return parts


def figure(heading, panels):
    """`panels`: arguments of panel() but for `left`. Returns the SVG."""
    width = WIDTH * len(panels)
    height = HEIGHT + LEGEND
    parts = [f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' "
             f"width='{width}' height='{height}' {FONT}>",
             f"<rect width='{width}' height='{height}' fill='white'/>",
             text(LEFT, 22, heading, 14, "start", "#111", "700")]
    for i, arguments in enumerate(panels):
        parts += panel(*arguments, left=i * WIDTH)
    return "\n".join([*parts, "</svg>", ""])
