// One case (办件) from receipt (收件) to pick-up (领取), by the generated types alone.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { env } from "node:process";
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "../build/contract.js";

type CaseView = components["schemas"]["CaseView"];
type Change = { params: { path: { case: string }; header: { "If-Match": string } } };
type Answer<T> = { data?: T; error?: unknown; response: Response };

const ITEM = "law-legal-aid";
const PERSON = { document_kind: "resident_id", document_number: "331081199001010013" } as const;

function given(name: string): string {
  return env[name] ?? assert.fail(`${name} is not set`);
}

const baseUrl = given("YICHUANG_URL");
const anybody = createClient<paths>({ baseUrl });

function caller(token: string): Client<paths> {
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
}

function good<T>({ data, error, response }: Answer<T>): T {
  assert.ok(data !== undefined, `${response.url} answered ${response.status}: ${JSON.stringify(error)}`);
  return data;
}

/** The case as it was last seen, and the tag that says so. */
let seen!: CaseView;
let tag!: string;

function changed(answer: Answer<CaseView>): void {
  seen = good(answer);
  tag = answer.response.headers.get("ETag") ?? assert.fail("no ETag");
}

function onCase(): Change {
  return { params: { path: { case: seen.id }, header: { "If-Match": tag } } };
}

const issued = await anybody.POST("/oauth/token", {
  body: {
    grant_type: "client_credentials",
    client_id: given("YICHUANG_CLIENT"),
    client_secret: given("YICHUANG_SECRET"),
  },
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
});
const platform = caller(good(issued).access_token);
const clerk = caller(given("YICHUANG_CLERK"));
const reviewer = caller(given("YICHUANG_REVIEWER"));
const approver = caller(given("YICHUANG_APPROVER"));

const item = good(await anybody.GET("/v1/items/{item}", { params: { path: { item: ITEM } } }));
const application = {
  item: ITEM,
  channel: "web",
  applicant: { name: "合成甲", ...PERSON, phone: "13800000000" },
  delivery: { method: "pick_up" },
  external_number: `TS-${randomUUID()}`,
} as const;
const key = randomUUID();
const receive = () =>
  platform.POST("/v1/cases", { params: { header: { "Idempotency-Key": key } }, body: application });
changed(await receive());
const again = await receive();
assert.equal(good(again).id, seen.id);
assert.equal(again.response.headers.get("Idempotency-Replayed"), "true");

const byCase = { params: { path: { case: seen.id } } };
const receipt = good(await platform.GET("/v1/cases/{case}/receipt", byCase));
for (const { code } of item.content.materials) {
  const { path, header } = onCase().params;
  const file = await platform.POST("/v1/cases/{case}/materials/{material}/files", {
    params: { path: { ...path, material: code }, header: { ...header, "Idempotency-Key": randomUUID() } },
    body: "%PDF-1.4\n%%EOF\n",
    bodySerializer: (body) => body,
    headers: { "Content-Type": "application/pdf" },
  });
  changed(file);
}
changed(await clerk.POST("/v1/cases/{case}/scope-check", { ...onCase(), body: { finding: "within" } }));
for (const { code } of item.content.materials) {
  const { path, header } = onCase().params;
  const checked = await clerk.PUT("/v1/cases/{case}/materials/{material}/check", {
    params: { path: { ...path, material: code }, header },
    body: { present: true, complete: true, legal_form: true, presented: "electronic" },
  });
  changed(checked);
}
const stale = onCase();
changed(await clerk.POST("/v1/cases/{case}/acceptance", onCase()));
const late = await clerk.POST("/v1/cases/{case}/acceptance", stale);
assert.equal(late.response.status, 412);
assert.equal(late.error?.code, "version_mismatch");
changed(await reviewer.POST("/v1/cases/{case}/assignment", { ...onCase(), body: {} }));
const opinion = { recommends: "grant", opinion: "符合规定条件，建议准予。" } as const;
changed(await reviewer.POST("/v1/cases/{case}/review", { ...onCase(), body: opinion }));
const decision = { outcome: "grant", reasons: "经审查，符合规定条件。" } as const;
changed(await approver.POST("/v1/cases/{case}/decision", { ...onCase(), body: decision }));
const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
const result = { title: item.content.result_name, valid_from: today };
changed(await clerk.POST("/v1/cases/{case}/result", { ...onCase(), body: { result } }));
const { code } = good(await platform.GET("/v1/cases/{case}/pick-up-code", byCase));
changed(await clerk.POST("/v1/cases/{case}/pick-up", { ...onCase(), body: { code, identity: PERSON } }));
changed(await clerk.POST("/v1/cases/{case}/closure", onCase()));

const question = { number: seen.number, query_code: receipt.query_code };
const progress = good(await anybody.POST("/v1/progress", { body: question }));
assert.equal(progress.stage, "closed");
console.log(`TypeScript: ${seen.number} ${progress.stage}`);
