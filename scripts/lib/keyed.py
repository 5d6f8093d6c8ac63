"""A hook of schemathesis: each write of a system has an idempotency key of its own, without which all are refused."""

import re
import uuid

import schemathesis

KEY = "Idempotency-Key"
WELL_FORMED = re.compile(r"[!#-\[\]-~]{1,255}")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Leaves a malformed one, which is tried on purpose."""
    given = case.headers.get(KEY)
    if case.method.upper() != "GET" and (given is None or WELL_FORMED.fullmatch(str(given))):
        case.headers[KEY] = str(uuid.uuid4())
