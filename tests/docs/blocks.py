#!/usr/bin/env python3
"""blocks.py OUTPUT [FILE...]: writes each marked block of the documentation to a file of its own.

    <!-- compile: NAME -->     the C++ block that follows is a translation unit: OUTPUT/NAME.cpp
    <!-- fragment: FRAME -->   it is a body: OUTPUT/PAGE_LINE.cpp, put into frames/FRAME.cpp
    <!-- run -->               the sh block can be run as it is: OUTPUT/PAGE_LINE.sh
    <!-- foreign -->           code of another framework: left out

Without FILE every page below docs/ is read. A C++ block without a mark is an error on pages that
have marks.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MARK = re.compile(r"^<!-- (compile|fragment|run|foreign)(?:: (\S+))? -->$")


def blocks_of(page):
    """Yields (line, mark, name, language, text) of each fenced block; no mark: None."""
    mark = name = None
    lines = page.read_text().split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if found := MARK.match(line):
            mark, name = found.groups()
        elif line.startswith("```"):
            end = lines.index("```", number)
            yield number, mark, name, line[3:].strip(), "\n".join(lines[number:end]) + "\n"
            number = end + 1
            mark = name = None
        elif line.strip():
            if mark:
                sys.exit(f"{page}:{number - 1}: a mark without a block")
            mark = name = None


def file_for(page, line, mark, name, text, seen):
    """The name and content of the file that a block becomes."""
    stem = str(page.resolve().relative_to(ROOT).with_suffix("")).replace("/", "_").replace("-", "_")
    if mark == "run":
        return f"{stem}_{line}.sh", text
    if mark == "compile":
        if not name or name in seen:
            sys.exit(f"{page}:{line}: compile needs a name that no other block has: {name}")
        seen.add(name)
        return f"{name}.cpp", f'#line {line + 1} "{page}"\n{text}'
    frame = (HERE / "frames" / f"{name}.cpp").read_text()
    before, after = frame.split("// BLOCK\n")
    return f"{stem}_{line}.cpp", f'{before}#line {line + 1} "{page}"\n{text}{after}'


def main(output, pages):
    output = pathlib.Path(output)
    output.mkdir(parents=True, exist_ok=True)
    seen = set()
    for page in pages or sorted((ROOT / "docs").rglob("*.md")):
        page = pathlib.Path(page)
        blocks = list(blocks_of(page))
        has_marks = any(mark for _, mark, *_ in blocks)
        for line, mark, name, language, text in blocks:
            if mark in ("compile", "fragment", "run"):
                file, content = file_for(page, line, mark, name, text, seen)
                (output / file).write_text(content)
                print(output / file)
            elif mark is None and has_marks and language == "cpp":
                sys.exit(f"{page}:{line}: a C++ block without a mark")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
