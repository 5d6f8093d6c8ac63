// A Postman collection of the contract: node postman.js CONTRACT COLLECTION. Fails when it lacks an operation.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { promisify } from "node:util";
import Converter from "openapi-to-postmanv2";
import { parse } from "yaml";

const METHODS = ["get", "post", "put", "patch", "delete"];
const [, , from, to] = argv;
const contract = parse(readFileSync(from, "utf8"));

const options = { folderStrategy: "Tags", requestNameSource: "Fallback", requestParametersResolution: "Schema" };
const convert = promisify(Converter.convert.bind(Converter));
const { result, reason, output } = await convert({ type: "json", data: contract }, options);
assert.ok(result, reason);
const collection = output[0].data;
collection.variable = [
  { key: "baseUrl", value: "http://127.0.0.1:8080" },
  { key: "bearerToken", value: "" },
];

function* requests(items) {
  for (const item of items) {
    if (item.item) yield* requests(item.item);
    else yield item;
  }
}

const collected = new Set();
for (const item of requests(collection.item)) {
  // Every operation can answer with every problem: of examples, those of success are enough.
  item.response = item.response.filter(({ code }) => code < 300);
  const path = item.request.url.path.map((segment) => segment.replace(/^:(.*)$/, "{$1}")).join("/");
  collected.add(`${item.request.method} /${path}`);
}
const operations = Object.entries(contract.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => `${method.toUpperCase()} ${path}`),
);
assert.deepEqual(operations.filter((operation) => !collected.has(operation)), [], "not in the collection");
assert.equal(collected.size, operations.length);
writeFileSync(to, JSON.stringify(collection, null, 1));
console.log(`Postman: ${collected.size} requests`);
