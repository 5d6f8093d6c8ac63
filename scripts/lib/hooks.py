"""Hooks of schemathesis."""

import os
import re
import uuid

import schemathesis
from schemathesis.generation import GenerationMode

KEY = "Idempotency-Key"
WELL_FORMED_KEY = re.compile(r"[!#-\[\]-~]{1,255}")
WELL_FORMED_TAG = re.compile(r'\*|".*"')


@schemathesis.hook
def filter_case(context, case):
    """Leaves out what its coverage takes for valid and is not: an optional If-Match without the quotes of the pattern."""
    tag = case.headers.get("If-Match")
    is_called_valid = case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE
    return not is_called_valid or tag is None or WELL_FORMED_TAG.fullmatch(str(tag)) is not None


@schemathesis.hook
def before_call(context, case, kwargs):
    """Each key is one of its own: a creation sent again is answered as the first time, when what it made may be gone.

    A malformed one is tried on purpose. Without any, all writes of a system are refused.
    """
    given = case.headers.get(KEY)
    is_missing = given is None and "CONTRACT_KEYED" in os.environ
    if case.method.upper() != "GET" and (is_missing or (given is not None and WELL_FORMED_KEY.fullmatch(str(given)))):
        case.headers[KEY] = str(uuid.uuid4())
