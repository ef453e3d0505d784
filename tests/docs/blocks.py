#!/usr/bin/env python3
"""blocks.py OUTPUT [PAGE...]: writes the marked C++ blocks of the documentation to files.

In the line before a block stands what is done with it:

    <!-- compile: NAME -->       a translation unit: OUTPUT/NAME.cpp
    <!-- same: NAME -->          the same text as the block of that name
    <!-- fragment: FRAME -->     a part of one, which frames/FRAME.cpp completes: it goes to
                                 OUTPUT/FRAME_fragments.cpp, with all others of that frame
    <!-- fragment: FRAME of NAME -->  the same; the frame uses the routes of the block NAME
    <!-- foreign -->             code of another framework, or of another program
    <!-- shown: WHY -->          neither compiled nor run, and why

walk.py does what is left, page by page:

    <!-- file: PATH -->          is written to that file of a scratch folder
    <!-- append: PATH -->        is written to its end
    <!-- run -->                 a shell runs it there, line by line: each must succeed, and print the
                                 words of the comment at its end
    <!-- run for: SECONDS -->    the same, stopped after so long
    <!-- serve -->               it runs, and listens, until the page's next such block or its end
    <!-- serve: COMMAND -->      the same, with that command in its place
    <!-- nginx -->               nginx judges it, where that and openssl are installed

A block without a mark is an error, unless its language is `text` or not said: output, pictures.
Without PAGE every page is read.
"""

import pathlib
import re
import sys
from typing import NamedTuple

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MARK = re.compile(r"^<!-- ([a-z ]+)(?:: (.+))? -->$")
# Which marks there are, and whether they say something.
MARKS = {"compile": True, "same": True, "fragment": True, "foreign": False, "shown": True,
         "file": True, "append": True, "run": False, "run for": True, "serve": None, "nginx": False}


class Block(NamedTuple):
    """One fenced block of a page."""
    page: pathlib.Path  # below ROOT
    line: int           # of its first line
    title: str          # the heading that it stands under
    mark: str
    value: str
    language: str
    text: str

    def where(self):
        return f"{self.page}:{self.line}"


def pages():
    """Every page of the documentation."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "examples" / "README.md",
             *(ROOT / part / "README.md" for part in ("protocol", "actors", "server"))]
    return sorted(page.relative_to(ROOT) for page in found)


def blocks_of(page):
    """Yields each block of a page; says what is wrong with its marks, and leaves."""
    lines = (ROOT / page).read_text().split("\n")
    title = mark = value = None
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.startswith("```"):
            end = lines.index("```", number)
            block = Block(page, number + 1, title, mark, value, line[3:].strip(),
                          "\n".join(lines[number:end]) + "\n")
            check(block)
            yield block
            number = end + 1
            mark = value = None
            continue
        if line.lstrip().startswith("```"):
            sys.exit(f"{page}:{number}: an indented block is not found")
        if mark in MARKS:
            sys.exit(f"{page}:{number - 1}: a mark without a block")
        found = MARK.match(line)
        mark, value = found.groups() if found else (None, None)
        if line.startswith("#"):
            title = line.strip("# ").replace("`", "")


def check(block):
    if block.mark is None:
        if block.language not in ("", "text"):
            sys.exit(f"{block.where()}: a block without a mark; tests/docs/blocks.py lists the marks")
        return
    if block.mark not in MARKS:
        sys.exit(f"{block.where()}: no such mark: {block.mark}")
    if MARKS[block.mark] not in (None, block.value is not None):
        sys.exit(f"{block.where()}: what {block.mark} says is wrong: {block.value}")
    if block.mark in ("compile", "same", "fragment") and block.language != "cpp":
        sys.exit(f"{block.where()}: {block.mark} is for C++")
    # The precompiled header has it, and would hide that a reader's unit has not.
    if block.mark == "compile" and not re.search("^#include <sluice/sluice.hpp>$", block.text, re.M):
        sys.exit(f"{block.where()}: a whole unit includes <sluice/sluice.hpp>")


def source_of(block):
    return f'#line {block.line} "{block.page}"\n{block.text}'


def fragments_of(name, blocks):
    """One translation unit: the frame's includes, then each fragment in a namespace of its own."""
    frame = (HERE / "frames" / f"{name}.cpp").read_text()
    body = frame.rindex("#include")
    body = frame.index("\n", body) + 1
    before, after = frame[body:].split("// BLOCK\n")
    parts = [frame[:body]]
    if "ROUTES" in frame:
        parts += sorted({f"sluice::router {routes_of(block)}();\n" for block in blocks})
    titles = set()
    for block in blocks:
        title = title_of(block)
        if "TITLE" in frame and title in titles:
            sys.exit(f"{block.where()}: another block is '{title}'; give it a heading of its own")
        titles.add(title)
        text = f'{before}// BLOCK\n#line 1 "behind {block.where()}"\n{after}'
        text = text.replace("ROUTES", routes_of(block)).replace("TITLE", title)
        scope = re.sub(r"\W", "_", block.where())
        parts.append(f"\nnamespace {scope} {{\n" + text.replace("// BLOCK\n", source_of(block)) + "}\n")
    return "".join(parts)


def routes_of(block):
    """The function that gives a fragment's routes: those of a block, or kit_routes.cpp's."""
    return (block.value.split(" of ") + ["kit"])[1] + "_routes"


def title_of(block):
    """What a fragment that is a test is called: doctest's filters and CTest take no more."""
    page = block.page.relative_to("docs") if block.page.is_relative_to("docs") else block.page
    return re.sub(r'[,;\[\]*\\"]', "", f"{page.with_suffix('')}: {block.title}")


def write(path, text):
    """Leaves a file that is as it should be alone, so that it is not compiled again."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def main(output, chosen):
    output = pathlib.Path(output)
    output.mkdir(parents=True, exist_ok=True)
    units, frames, same = {}, {}, []
    for page in chosen or pages():
        for block in blocks_of(pathlib.Path(page)):
            if block.mark == "compile":
                if block.value in units:
                    sys.exit(f"{block.where()}: another block is {block.value}")
                units[block.value] = block
            elif block.mark == "same":
                same.append(block)
            elif block.mark == "fragment":
                frames.setdefault(block.value.split(" of ")[0], []).append(block)
    for block in same:
        if block.value not in units or units[block.value].text != block.text:
            sys.exit(f"{block.where()}: not the text of {block.value}")
    files = {f"{name}.cpp": source_of(block) for name, block in units.items()}
    files |= {f"{name}_fragments.cpp": fragments_of(name, found) for name, found in frames.items()}
    for name, text in sorted(files.items()):
        write(output / name, text)
        print(name)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
