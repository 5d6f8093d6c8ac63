"""Prints the operations of a contract that a server's log does not show, one id a line."""

import json
import sys

CONTRACT, LOG = sys.argv[1], sys.argv[2]


def called(line):
    """The method and the path of the contract that a request came for, or None for any other line."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return (entry.get("method"), entry.get("route")) if entry.get("target") == "access" else None


with open(LOG, encoding="utf-8", errors="replace") as log:
    seen = {called(line) for line in log}
with open(CONTRACT, encoding="utf-8") as contract:
    paths = json.load(contract)["paths"]
for path, methods in paths.items():
    for method, operation in methods.items():
        if (method.upper(), path) not in seen:
            print(operation["operationId"])
