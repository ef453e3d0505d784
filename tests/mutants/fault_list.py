"""The lists of hand-made faults: their form, and the text that each replaces."""

import dataclasses
import pathlib
import re

# What a replaced condition leaves unused is no mistake here.
LEFT_UNUSED = ["-Wunused-parameter", "-Wunused-variable", "-Wunused-but-set-variable",
               "-Wunused-but-set-parameter", "-Wunused-function", "-Wunused-value"]


class Mistake(Exception):
    """A list that can't be read, or that does not fit the sources any more."""


@dataclasses.dataclass
class Fault:
    """One fault: `old` stands in `path`, and `new` is put in its place."""
    place: str  # where its block begins: list and line
    path: str
    what: str
    old: list = dataclasses.field(default_factory=list)
    new: list = dataclasses.field(default_factory=list)
    noticed_by: list = dataclasses.field(default_factory=list)  # parts of names of tests
    excuse: str = ""  # why no quick test can notice it

    def __str__(self):
        return f"{self.path}: {self.what}"

    def put_into(self, text):
        """@returns the text of the file with this fault; raises Mistake unless its place is clear"""
        pattern = r"\n[ \t]*".join(re.escape(line.strip()) for line in self.old)
        found = list(re.finditer(pattern, text))
        if len(found) != 1:
            raise Mistake(f"{self.place}: the text of \"{self.what}\" stands {len(found)} times in "
                          f"{self.path}, where it must stand once")
        allowed = "".join(f'#pragma GCC diagnostic ignored "{name}"\n' for name in LEFT_UNUSED)
        start, end = found[0].span()
        # One line for many keeps the numbers of those below right only where as many come back;
        # nobody looks at them.
        return allowed + text[:start] + "\n".join(self.new) + text[end:]


def read_block(place, lines):
    """@returns the fault that these lines describe"""
    head = re.fullmatch(r"(?P<path>[\w./-]+\.[ch]pp): (?P<what>.+)", lines[0])
    if not head:
        raise Mistake(f"{place}: no \"PATH: WHAT IS WRONG\", but \"{lines[0]}\"")
    fault = Fault(place, head["path"], head["what"])
    for line in lines[1:]:
        kind, colon, rest = line.partition(": ")
        if line[:2] in ("- ", "+ "):
            (fault.old if line[0] == "-" else fault.new).append(line[2:])
        elif colon and kind == "noticed by":
            fault.noticed_by.append(rest.strip())
        elif colon and kind == "not noticed":
            fault.excuse = rest.strip()
        else:
            raise Mistake(f"{place}: what is \"{line}\"?")
    if not fault.old:
        raise Mistake(f"{place}: no line of text to be replaced")
    if bool(fault.noticed_by) == bool(fault.excuse):
        raise Mistake(f"{place}: either \"noticed by: PART OF A TEST'S NAME\" or \"not noticed: WHY\"")
    return fault


def read(path):
    """@returns the faults of a list"""
    faults, block, start = [], [], 0
    for number, line in enumerate([*path.read_text().splitlines(), ""], 1):
        if line.startswith("#"):
            continue
        if line.strip():
            start = start if block else number
            block.append(line)
        elif block:
            faults.append(read_block(f"{path.name}:{start}", block))
            block = []
    return faults


def read_all(paths):
    """@returns the faults of these lists"""
    return [fault for path in paths for fault in read(pathlib.Path(path))]


def check_texts(faults, root):
    """@returns what is wrong with the faults' texts in the sources below `root`"""
    wrong, seen = [], {}
    for fault in faults:
        try:
            made = fault.put_into((root / fault.path).read_text())
            twin = seen.setdefault((fault.path, *made.split()), fault)
            if twin is not fault:
                wrong.append(f"{fault.place}: the same fault as {twin.place}")
        except (Mistake, OSError) as error:
            wrong.append(str(error))
    return wrong
