// What the judges in JavaScript share; see judge.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

export const [url, listing, values] = process.argv.slice(2);
const read = (path) => JSON.parse(readFileSync(path, "utf8"));
export const tools = Object.fromEntries(read(listing).map((tool) => [tool.name, tool]));
export const samples = read(values);
export const call = "quo_create_contact";
export const callArguments = {
  first_name: "Nora ai-sdk",
  role: "Buyer",
  custom_fields: samples.array.custom_fields,
};

export function checkResult(text) {
  for (const words of ["Tags: vip, new", "Gate code: 42", "Buyer"]) assert.ok(text.includes(words), text);
}

export function checkSchemas(name, schemas) {
  assert.deepEqual(Object.keys(schemas).sort(), Object.keys(tools).sort());
  const lost = {};
  for (const [tool, { inputSchema }] of Object.entries(tools)) compare(inputSchema, schemas[tool], lost, tool);
  report(name, lost);
}

export function report(name, lost = {}) {
  const { version } = read(`node_modules/${name}/package.json`);
  console.log(JSON.stringify({ judge: `${name} ${version}`, lost }));
}

function compare(ours, theirs, lost, path) {
  assert.equal(theirs.type, ours.type, path);
  for (const key of Object.keys(ours)) if (!(key in theirs)) lost[key] = (lost[key] ?? 0) + 1;
  for (const [name, nested] of Object.entries(ours.properties ?? {}))
    compare(nested, theirs.properties[name], lost, `${path}.${name}`);
  if (ours.items && theirs.items) compare(ours.items, theirs.items, lost, `${path}[]`);
}
