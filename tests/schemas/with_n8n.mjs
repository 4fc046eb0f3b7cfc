// n8n checks arguments itself, with a zod schema made from ours: it must accept every valid call.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { report, samples, tools } from "./judge.mjs";

const { jsonSchemaToZod } = createRequire(import.meta.url)("@n8n/json-schema-to-zod"); // its ESM build does not load in Node

const valid = (name, schema) => {
  if (schema.type === "boolean") return true;
  return schema.enum ? schema.enum.at(-1) : samples[schema.type][name];
};

for (const [tool, { inputSchema }] of Object.entries(tools)) {
  const schema = jsonSchemaToZod(inputSchema);
  const whole = Object.fromEntries(
    Object.entries(inputSchema.properties).map(([name, each]) => [name, valid(name, each)]),
  );
  const least = Object.fromEntries((inputSchema.required ?? []).map((name) => [name, whole[name]]));
  const empty = Object.fromEntries(
    Object.entries(inputSchema.properties)
      .filter(([name, { type, enum: words }]) => !(name in least) && !words && ["string", "array"].includes(type))
      .map(([name, { type }]) => [name, type === "array" ? [] : ""]),
  );
  for (const given of [whole, least, { ...empty, ...least }]) {
    const parsed = schema.safeParse(given);
    assert.ok(parsed.success, `${tool}: ${JSON.stringify(parsed.error)}`);
    const added = Object.fromEntries(Object.entries(parsed.data).filter(([name]) => !(name in given)));
    assert.deepEqual(parsed.data, { ...given, ...added }, tool);
    for (const [name, value] of Object.entries(added))
      assert.equal(value, inputSchema.properties[name].default, `${tool}.${name}`);
  }
}
report("@n8n/json-schema-to-zod");
