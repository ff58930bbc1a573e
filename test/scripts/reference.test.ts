/** The tables of PROTOCOL.md that hold the server against the types of the installed `openai` package. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Coverage, type FieldCoverage, type Root } from "../../scripts/reference/coverage.ts";
import { decisions } from "../../scripts/reference/decisions.ts";
import {
  type Field,
  type ObjectShape,
  readPackageTypes,
  type Shape,
} from "../../scripts/reference/package-types.ts";
import { replaceReference } from "../../scripts/reference/render.ts";
import { roots } from "../../scripts/reference/roots.ts";
import type { ClientEvent } from "../../src/protocol/client-events.ts";
import { parseClientEvent } from "../../src/protocol/parse.ts";
import type { SessionUpdate } from "../../src/protocol/session-config.ts";
import {
  ignoredResponseParams,
  ignoredSettings,
  refuseModelOptions,
} from "../../src/session/configuration/configure.ts";
import { fromBeta } from "../../src/session/configuration/transcription-config.ts";

const packageTypes = readPackageTypes();
const walkFrom = roots(packageTypes);
const coverage = new Coverage(walkFrom, decisions);

test("[RF1] PROTOCOL.md has a row for every event and every field of the package's types", () => {
  const document = readFileSync(join(import.meta.dirname, "../../PROTOCOL.md"), "utf8");
  expect(document, "run: npm run reference").toBe(replaceReference(document, coverage.types));
  const exported = [...packageTypes.values()].filter((shape) => shape.kind === "object");
  const covered = new Set(coverage.types.map(({ name }) => name));
  expect(exported.filter(({ name }) => !covered.has(name))).toEqual([]);
  for (const { name, fields } of coverage.types)
    expect([...fields.keys()].sort(), name).toEqual(fieldsOf(name));
});

describe("[RF1] a package that has more", () => {
  const text: Field = { shape: { kind: "scalar", name: "string" }, required: false };

  test.each([
    "RealtimeSessionCreateRequest",
    "AudioTranscription",
    "RealtimeResponse",
    "ConversationItemDeletedEvent",
  ])("in %s fails until it is said why the new field is not spoken", (name) => {
    const grown = mapObjects(walkFrom, (object) =>
      object.name === name ? { ...object, fields: new Map([...object.fields, ["brand_new", text]]) } : object,
    );
    expect(() => new Coverage(grown, decisions)).toThrow(`${name}.brand_new`);
  });

  test("as an event fails until it is said why it is not spoken", () => {
    const type: Field = { shape: { kind: "literal", value: "brand.new" }, required: true };
    const shape: Shape = { kind: "object", name: "BrandNewEvent", fields: new Map([["type", type]]) };
    const event: Root = { direction: "server", place: "brand.new", shape, schema: undefined };
    expect(() => new Coverage([...walkFrom, event], decisions)).toThrow("BrandNewEvent.type");
  });

  test("and one that has less fails until its reason is gone", () => {
    const shrunk = walkFrom.filter(({ place }) => place !== "mcp_list_tools.failed");
    expect(() => new Coverage(shrunk, decisions)).toThrow("McpListToolsFailed");
  });
});

describe("[RF1] what the rows say of a client's events is so", () => {
  const rows = new Map(
    coverage.types.filter(({ direction }) => direction === "client").map((type) => [type.name, type.fields]),
  );
  const places = new Map(
    coverage.types.filter(({ direction }) => direction === "client").map(({ name, place }) => [name, place]),
  );
  const events = walkFrom.filter(
    ({ direction, place, why }) => direction === "client" && why === undefined && !place.startsWith("POST "),
  );
  const taken = new Set<string>();
  const samples = events
    .flatMap(({ shape, place }) => [...samplesOf(shape)].map((sample) => ({ ...sample, event: place })))
    .filter(({ type, event, place }) => places.get(type) === (place === "" ? event : `${event}: ${place}`))
    .filter(({ type, field }) => !taken.has(`${type}.${field}`) && taken.add(`${type}.${field}`));

  test("with a sample of every field", () => {
    const sampled = new Set(samples.map(({ type, field }) => `${type}.${field}`));
    const spoken = new Set(events.map(({ place }) => place));
    const expected = coverage.types
      .filter(({ direction, place }) => direction === "client" && spoken.has(place.split(": ")[0]!))
      .flatMap(({ name, fields }) => [...fields.keys()].map((field) => `${name}.${field}`));
    expect(expected.filter((name) => !sampled.has(name))).toEqual([]);
    expect(samples.length).toBeGreaterThan(200);
  });

  test.each(samples.map((sample) => [`${sample.type}.${sample.field}`, sample] as const))(
    "%s",
    (_name, sample) => {
      const row = rows.get(sample.type)?.get(sample.field);
      expect(verdict(sample), JSON.stringify(sample.value)).toBe(row?.status);
    },
  );
});

/** An event with one field of one type filled in. */
interface Sample {
  readonly type: string;
  readonly field: string;
  readonly path: string;
  /** Where its type stands, as the rows have it. */
  readonly place: string;
  readonly value: unknown;
}

/** What the server makes of the sample: its status as the rows have it. */
function verdict({ path, value }: Sample): FieldCoverage["status"] | undefined {
  const read = parseClientEvent(value);
  if (!read.ok) {
    // What is of another kind altogether is refused by its `type`.
    const at = (read.param ?? "").replace(/(^|\.)type$/, "");
    return at === "" || within(at, path) ? "refused" : undefined;
  }
  const { refused, ignored } = judge(read.event);
  if (refused !== undefined) return within(refused, path) ? "refused" : undefined;
  return ignored.some((param) => within(param, path)) ? "accepted" : "supported";
}

/** Whether the path is the field's, or that of something in it. */
function within(field: string, path: string): boolean {
  return path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);
}

function judge(event: ClientEvent): { refused: string | undefined; ignored: string[] } {
  if (event.type === "session.update") {
    const session: SessionUpdate = event.session;
    return {
      refused: refuseModelOptions(session, "session")?.param,
      ignored: ignoredSettings(session, { tellsLogprobs: true }),
    };
  }
  if (event.type === "transcription_session.update")
    return {
      refused: undefined,
      ignored: ignoredSettings(fromBeta(event.session), { tellsLogprobs: true }).map((param) =>
        param.replace(/^session\.audio\.input\.(noise_reduction|transcription)/, "session.input_audio_$1"),
      ),
    };
  const params = event.type === "response.create" ? event.response : undefined;
  return {
    refused: params && refuseModelOptions(params, "response")?.param,
    ignored: params ? ignoredResponseParams(params) : [],
  };
}

/** Values that our schemas want narrower than the package's types say. */
const narrow: Readonly<Record<string, unknown>> = {
  threshold: 0.5,
  silence_duration_ms: 500,
  idle_timeout_ms: 6000,
  language: "en",
  languages: ["en"],
  audio: "AAAA",
  tools: [{ type: "function", name: "f" }],
  truncation: "disabled",
};
/** Fields that the package's types call optional and that go together. */
const together: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>> = {
  RealtimeFunctionTool: { "": { type: "function", name: "f" } },
  "RealtimeConversationItemSystemMessage.Content": { "": { type: "input_text", text: "x" } },
  "RealtimeConversationItemUserMessage.Content": {
    "": { type: "input_text", text: "x" },
    audio: { type: "input_audio" },
    transcript: { type: "input_audio" },
    detail: { type: "input_image" },
    image_url: { type: "input_image" },
  },
  "RealtimeConversationItemAssistantMessage.Content": {
    "": { type: "output_text", text: "x" },
    audio: { type: "output_audio" },
    transcript: { type: "output_audio" },
  },
};

/** Values of a shape, each with one of its fields, or of those of what it holds, filled in. */
function* samplesOf(shape: Shape, at = ""): Generator<Sample> {
  if (shape.kind === "union") for (const member of shape.of) yield* samplesOf(member, at);
  if (shape.kind === "array")
    for (const sample of samplesOf(shape.of, `${at}[0]`)) yield { ...sample, value: [sample.value] };
  if (shape.kind !== "object") return;
  for (const [field, { shape: inner }] of shape.fields) {
    const path = at === "" ? field : `${at}.${field}`;
    const least = leastOf(shape, field);
    const value =
      field in (together[shape.name]?.[""] ?? {}) ? least : { ...least, [field]: exampleOf(inner, field) };
    yield { type: shape.name, field, path, place: at.replaceAll("[0]", "[]"), value };
    for (const sample of samplesOf(inner, path))
      yield { ...sample, value: { ...least, [field]: sample.value } };
  }
}

/** What an object must have, beside the field. */
function leastOf(shape: ObjectShape, beside: string): Record<string, unknown> {
  const given = together[shape.name]?.[beside] ?? together[shape.name]?.[""];
  if (given) return { ...given };
  const needed = [...shape.fields].filter(([, field]) => field.required || field.shape.kind === "literal");
  return Object.fromEntries(needed.map(([name, field]) => [name, exampleOf(field.shape, name)]));
}

function exampleOf(shape: Shape, name: string): unknown {
  if (name in narrow && shape.kind !== "object") return narrow[name];
  if (shape.kind === "literal") return shape.value;
  if (shape.kind === "array") return [exampleOf(shape.of, name)];
  if (shape.kind === "union") return exampleOf(shape.of[0]!, name);
  if (shape.kind === "object") return leastOf(shape, "");
  return { string: "x", number: 1, boolean: true, open: {} }[shape.name];
}

function fieldsOf(name: string): string[] {
  let found: string[] = [];
  mapObjects(walkFrom, (object) => {
    if (object.name === name) found = [...object.fields.keys()].sort();
    return object;
  });
  return found;
}

function mapObjects(from: readonly Root[], change: (object: ObjectShape) => ObjectShape): Root[] {
  const mapped = (shape: Shape): Shape => {
    if (shape.kind === "array") return { ...shape, of: mapped(shape.of) };
    if (shape.kind === "union") return { ...shape, of: shape.of.map(mapped) };
    if (shape.kind !== "object") return shape;
    const fields = [...shape.fields].map(
      ([name, field]) => [name, { ...field, shape: mapped(field.shape) }] as const,
    );
    return change({ ...shape, fields: new Map(fields) });
  };
  return from.map((root) => ({ ...root, shape: mapped(root.shape) }));
}
