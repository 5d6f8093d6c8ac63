"""The contract as the generator of the Python client gets it, on standard output.

Lists of values in answers may grow, and a caller ignores what it does not know; the generated code would refuse an answer
with a new value. So schemas that are only answered lose their lists. Tags would become names of modules, in Chinese.
"""

import json
import sys
from typing import Any, Iterator

from ruamel.yaml import YAML


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from walk(child)


def named(node: Any) -> set[str]:
    references = (part["$ref"] for part in walk(node) if isinstance(part.get("$ref"), str))
    return {reference.rsplit("/", 1)[1] for reference in references if "/schemas/" in reference}


with open(sys.argv[1], encoding="utf-8") as file:
    contract = YAML(typ="safe", pure=True).load(file)
schemas = contract["components"]["schemas"]
operations = [operation for item in contract["paths"].values() for operation in item.values()]

sent: set[str] = set()
waiting = set().union(*(named([op.get("parameters"), op.get("requestBody")]) for op in operations))
while waiting:
    name = waiting.pop()
    sent.add(name)
    waiting |= named(schemas[name]) - sent

for name, schema in schemas.items():
    for part in walk(schema) if name not in sent else []:
        if isinstance(part.get("enum"), list) and len(part["enum"]) > 1:
            del part["enum"]
for operation in operations:
    operation.pop("tags", None)
json.dump(contract, sys.stdout, ensure_ascii=False, default=str)
