"""Puts cases in as the window would and prints their ids and whose the first is: something for the contract's checks to
work on."""

import json
import sys
import urllib.request

BASE, TOKEN, ITEM, COUNT = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = [pow(3, place, 31) for place in range(17)]


def credit_code(serial):
    """A synthetic enterprise's number with the right check character (GB 32100)."""
    body = f"91331081MA2{serial:06d}"
    total = sum(ALPHABET.index(char) * weight for char, weight in zip(body, WEIGHTS))
    return body + ALPHABET[(31 - total % 31) % 31]


def receive(serial):
    kind, number = "unified_social_credit_code", credit_code(serial)
    body = {
        "item": ITEM,
        "channel": "counter",
        "applicant": {"name": f"合成企业{serial}", "document_kind": kind, "document_number": number},
        "contact": {"name": "合成", "phone": "13800000000"},
        "delivery": {"method": "electronic"},
    }
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{BASE}/v1/cases", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


cases = [receive(serial) for serial in range(1, COUNT + 1)]
print(json.dumps([case["id"] for case in cases]))
print(cases[0]["applicant"]["id"])
