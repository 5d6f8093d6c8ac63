"""Registers a platform (对接系统) and prints its secret."""

import json
import sys
import urllib.request

BASE, TOKEN, CLIENT = sys.argv[1:4]

body = {"client": CLIENT, "role": "adapter", "name": "合成平台", "scopes": ["cases:read", "cases:write"]}
headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
request = urllib.request.Request(f"{BASE}/v1/clients", json.dumps(body).encode(), headers)
with urllib.request.urlopen(request, timeout=10) as answer:
    print(json.load(answer)["client_secret"])
