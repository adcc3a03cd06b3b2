#!/usr/bin/python3
"""Adds the numbers of a workitem: JSON in, JSON out."""
import json
import sys

work = json.load(sys.stdin)["fields"]
try:
    json.dump({"sum": sum(work["numbers"])}, sys.stdout)
except (KeyError, TypeError) as problem:
    # A text for sys.exit goes to standard error and makes exit code 1: a permanent failure.
    sys.exit(f"numbers: expected a list of numbers ({problem!r})")
