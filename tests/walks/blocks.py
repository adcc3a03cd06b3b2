#!/usr/bin/python3
"""The code blocks of documents.

blocks.py show DOCUMENT NAME      prints the block that <!-- walk: NAME --> stands before
blocks.py check USED DOCUMENT...  finds blocks that no walk has run (USED has a line "DOCUMENT NAME" for each that one has) and that are not excused

A block that cannot be run stands behind <!-- no walk: REASON -->. Readers see neither.
"""
import re
import sys

MARKER = re.compile(r"^ *<!-- (?P<kind>walk|no walk): (?P<text>[^>]+?) -->$")
FENCE = re.compile(r"^(?P<indent> *)(?P<fence>```+)")
LIST = re.compile(r"^ *([-*]|\d+\.) ")


def blocks(path):
    """Yields (line number, marker or None, code) of each block."""
    with open(path, encoding="utf-8") as document:
        lines = document.read().split("\n")
    number, marker, in_list = 0, None, False
    while number < len(lines):
        line = lines[number]
        if found := FENCE.match(line):
            start, indent = number, len(found["indent"])
            number += 1
            while not lines[number].strip().startswith(found["fence"]):
                number += 1
            code = [inner[indent:] if not inner[:indent].strip() else inner for inner in lines[start + 1 : number]]
            yield start + 1, marker, "\n".join(code) + "\n"
        elif LIST.match(line):
            in_list = True
        elif line and not line.startswith(" "):
            in_list = False
        elif line.startswith("    ") and not in_list and not lines[number - 1].strip():
            yield number + 1, ("indented", ""), line
        marker = (found["kind"], found["text"]) if (found := MARKER.match(line)) else None
        number += 1


def show(path, name):
    found = [code for _, marker, code in blocks(path) if marker == ("walk", name)]
    if len(found) != 1:
        sys.exit(f"{path} has {len(found)} blocks <!-- walk: {name} -->; expected one.")
    sys.stdout.write(found[0])


def check(used, paths):
    with open(used, encoding="utf-8") as file:
        used = {tuple(line.split()) for line in file}
    problems = []
    for path in paths:
        for line, marker, _ in blocks(path):
            match marker:
                case None:
                    problems.append(f"{path}:{line}: nothing runs this block. Name it by <!-- walk: NAME --> in the line before it and run it in tests/walks, "
                                    "or say why not by <!-- no walk: REASON -->.")
                case ("indented", _):
                    problems.append(f"{path}:{line}: a block that is indented cannot be named; use ``` instead.")
                case ("walk", name) if (path, name) not in used:
                    problems.append(f"{path}:{line}: no walk has run the block {name}.")
    sys.exit("\n".join(problems) or None)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["show", path, name]:
            show(path, name)
        case ["check", used, *paths]:
            check(used, paths)
        case _:
            sys.exit(__doc__)
