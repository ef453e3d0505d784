"""Medians with their spread, as a table."""

import statistics


def collect(records, scenario, metric):
    """The values of each peer whose results count, and the faults of those that have none."""
    values, faults = {}, {}
    for record in records:
        if record["scenario"] != scenario.name:
            continue
        result, peer = record["result"], record["peer"]
        if "failed" in result:
            faults[peer] = result["failed"]
        elif (value := metric.of(result)) is not None:
            capped = result.get("server", {}).get("is_memory_capped", False)
            values.setdefault(peer, []).append((value, capped))
    return values, faults


def cell(values, metric):
    numbers = [value for value, _ in values]
    sign = "> " if any(capped for _, capped in values) and metric.label.startswith("peak") else ""
    median = f"{statistics.median(numbers):,.{metric.digits}f}"
    least, most = f"{min(numbers):,.{metric.digits}f}", f"{max(numbers):,.{metric.digits}f}"
    return f"{sign}{median}" if least == most else f"{sign}{median} ({least}..{most})"


def rows(records, scenarios, peers):
    """Yields lists of texts: the load, the unit, and a cell for each peer."""
    for scenario in scenarios:
        title = scenario.title
        for metric in scenario.metrics:
            values, faults = collect(records, scenario, metric)
            if not values and not (faults and metric is scenario.metrics[-1]):
                continue
            cells = [cell(values[peer], metric) if peer in values
                     else "fails" if peer in faults else "-" for peer in peers]
            yield [title, metric.label, *cells]
            title = ""


def markdown(records, scenarios, peers):
    lines = [["load", "", *peers], ["---"] * (2 + len(peers)), *rows(records, scenarios, peers)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def plain(records, scenarios, peers):
    lines = [["load", "", *peers], *rows(records, scenarios, peers)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(text.ljust(width) if i < 2 else text.rjust(width)
                               for i, (text, width) in enumerate(zip(line, widths)))
                     for line in lines)
