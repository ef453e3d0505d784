"""Writes the C++ blocks of a Markdown file that begin with "// NAME" to OUTPUT/NAME."""

import pathlib
import re
import sys

document, output = (pathlib.Path(argument) for argument in sys.argv[1:])
output.mkdir(parents=True, exist_ok=True)
for block in re.findall(r"^```cpp\n(.*?)^```$", document.read_text(), re.MULTILINE | re.DOTALL):
    if name := re.match(r"// (\w+\.[ch]pp)\n", block):
        (output / name.group(1)).write_text(block)
