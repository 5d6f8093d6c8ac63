"""One case (办件) from receipt (收件) to pick-up (领取), by the generated types alone."""

from datetime import datetime, timedelta, timezone
from http import HTTPStatus
from os import environ
from typing import Any, TypeVar
from uuid import uuid4

from yichuang_client import AuthenticatedClient, Client
from yichuang_client.api.default import (
    accept_case,
    assign_case,
    check_material,
    check_scope,
    close_case,
    decide_case,
    hand_out_result,
    issue_result,
    issue_token,
    query_progress,
    read_item,
    read_pick_up_code,
    read_receipt,
    receive_case,
    review_case,
)
from yichuang_client.models import (
    ApplicantRequest,
    ApplicationRequest,
    AssignmentRequest,
    CaseView,
    DecisionRequest,
    DeliveryRequest,
    IdentityProof,
    IssuanceRequest,
    ItemVersionView,
    MaterialCheckRequest,
    PickUpCode,
    PickUpRequest,
    Problem,
    ProgressRequest,
    ProgressView,
    ReceiptView,
    ResultRequest,
    ReviewRequest,
    ScopeCheckRequest,
    TokenRequest,
    TokenView,
)
from yichuang_client.types import Response

ITEM = "law-legal-aid"
DOCUMENT = "331081199001010013"
BASE = environ["YICHUANG_URL"]

View = TypeVar("View")


def good(kind: type[View], answer: Response[Any]) -> View:
    assert isinstance(answer.parsed, kind), f"{answer.status_code}: {answer.content.decode()}"
    return answer.parsed


class Seen:
    """The case as it was last seen, and the tag that says so."""

    def __init__(self, answer: Response[CaseView | Problem]) -> None:
        self.view = good(CaseView, answer)
        self.tag: str = answer.headers["ETag"]


def caller(token: str) -> AuthenticatedClient:
    return AuthenticatedClient(base_url=BASE, token=token)


anybody = Client(base_url=BASE)
wanted = TokenRequest(
    grant_type="client_credentials",
    client_id=environ["YICHUANG_CLIENT"],
    client_secret=environ["YICHUANG_SECRET"],
)
platform = caller(good(TokenView, issue_token.sync_detailed(client=anybody, body=wanted)).access_token)
clerk = caller(environ["YICHUANG_CLERK"])
reviewer = caller(environ["YICHUANG_REVIEWER"])
approver = caller(environ["YICHUANG_APPROVER"])

item = good(ItemVersionView, read_item.sync_detailed(ITEM, client=anybody))
application = ApplicationRequest(
    item=ITEM,
    channel="web",
    applicant=ApplicantRequest(
        name="合成乙", document_kind="resident_id", document_number=DOCUMENT, phone="13800000000"
    ),
    delivery=DeliveryRequest(method="pick_up"),
    external_number=f"PY-{uuid4()}",
)
key = str(uuid4())
case = Seen(receive_case.sync_detailed(client=platform, body=application, idempotency_key=key))
again = receive_case.sync_detailed(client=platform, body=application, idempotency_key=key)
assert good(CaseView, again).id == case.view.id and again.headers["Idempotency-Replayed"] == "true"
of = case.view.id

receipt = good(ReceiptView, read_receipt.sync_detailed(of, client=platform))
for material in item.content.materials:
    # The generator knows one media type for each body, so files go by the HTTP client beneath.
    headers = {"Content-Type": "application/pdf", "If-Match": case.tag, "Idempotency-Key": str(uuid4())}
    place = f"/v1/cases/{of}/materials/{material.code}/files"
    file = platform.get_httpx_client().post(place, content=b"%PDF-1.4\n%%EOF\n", headers=headers)
    file.raise_for_status()
    case.tag = file.headers["ETag"]
within = ScopeCheckRequest(finding="within")
case = Seen(check_scope.sync_detailed(of, client=clerk, body=within, if_match=case.tag))
for material in item.content.materials:
    check = MaterialCheckRequest(present=True, complete=True, legal_form=True, presented="electronic")
    case = Seen(check_material.sync_detailed(of, material.code, client=clerk, body=check, if_match=case.tag))
stale = case.tag
case = Seen(accept_case.sync_detailed(of, client=clerk, if_match=case.tag))
late = accept_case.sync_detailed(of, client=clerk, if_match=stale)
assert late.status_code == HTTPStatus.PRECONDITION_FAILED
assert good(Problem, late).code == "version_mismatch"
case = Seen(assign_case.sync_detailed(of, client=reviewer, body=AssignmentRequest(), if_match=case.tag))
opinion = ReviewRequest(recommends="grant", opinion="符合规定条件，建议准予。")
case = Seen(review_case.sync_detailed(of, client=reviewer, body=opinion, if_match=case.tag))
decision = DecisionRequest(outcome="grant", reasons="经审查，符合规定条件。")
case = Seen(decide_case.sync_detailed(of, client=approver, body=decision, if_match=case.tag))
today = datetime.now(timezone(timedelta(hours=8))).date()
result = IssuanceRequest(result=ResultRequest(title=item.content.result_name, valid_from=today))
case = Seen(issue_result.sync_detailed(of, client=clerk, body=result, if_match=case.tag))
code = good(PickUpCode, read_pick_up_code.sync_detailed(of, client=platform)).code
collected = PickUpRequest(code=code, identity=IdentityProof(document_kind="resident_id", document_number=DOCUMENT))
case = Seen(hand_out_result.sync_detailed(of, client=clerk, body=collected, if_match=case.tag))
case = Seen(close_case.sync_detailed(of, client=clerk, if_match=case.tag))

question = ProgressRequest(number=case.view.number, query_code=receipt.query_code)
progress = good(ProgressView, query_progress.sync_detailed(client=anybody, body=question))
assert progress.stage == "closed"
print(f"Python: {case.view.number} {progress.stage}")
