/** Client events that are almost right, and other values so, for the hostile suite and the fuzzer. */
import fc from "fast-check";

/** One good event of each kind, some of them rich. */
const goodEvents: readonly unknown[] = [
  {
    type: "session.update",
    event_id: "e1",
    session: {
      type: "realtime",
      output_modalities: ["audio"],
      instructions: "Be kind.",
      audio: {
        input: {
          format: { type: "audio/pcm", rate: 24_000 },
          turn_detection: {
            type: "server_vad",
            threshold: 0.5,
            prefix_padding_ms: 300,
            silence_duration_ms: 500,
          },
        },
        output: { format: { type: "audio/pcm", rate: 24_000 }, speed: 1 },
      },
      tools: [
        { type: "function", name: "f", description: "d", parameters: { type: "object", properties: {} } },
      ],
      tool_choice: "auto",
      max_output_tokens: "inf",
    },
  },
  { type: "session.update", session: { type: "realtime", audio: { input: { turn_detection: null } } } },
  { type: "input_audio_buffer.append", audio: "AAAAAAAA" },
  { type: "input_audio_buffer.commit" },
  { type: "input_audio_buffer.clear", event_id: "e2" },
  { type: "output_audio_buffer.clear" },
  {
    type: "conversation.item.create",
    previous_item_id: "root",
    item: { id: "item_mine", type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] },
  },
  {
    type: "conversation.item.create",
    item: {
      type: "message",
      role: "user",
      content: [{ type: "input_audio", audio: "AAAAAAAA", transcript: "Hi" }],
    },
  },
  {
    type: "session.update",
    session: {
      type: "realtime",
      audio: { input: { format: { type: "audio/pcmu" } }, output: { voice: "scripted" } },
    },
  },
  {
    type: "session.update",
    session: { type: "realtime", kuku: { drill: { text: "One two." }, language: "en-US" } },
  },
  { type: "conversation.item.create", item: { type: "function_call_output", call_id: "c", output: "{}" } },
  { type: "conversation.item.retrieve", item_id: "item_mine" },
  { type: "conversation.item.truncate", item_id: "item_mine", content_index: 0, audio_end_ms: 10 },
  { type: "conversation.item.delete", item_id: "item_mine" },
  {
    type: "response.create",
    response: {
      conversation: "none",
      output_modalities: ["text"],
      instructions: "x",
      metadata: { a: "b" },
      input: [],
    },
  },
  { type: "response.create" },
  { type: "response.cancel", response_id: "resp_x" },
  { type: "kuku.playback", response_id: "resp_x", played_ms: 10, state: "playing" },
];

/** What a field is replaced by. */
export const strangeValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    1e308,
    "",
    "\u0000",
    "__proto__",
    "\ud800",
    [],
    {},
    [[]],
    [null],
    { type: null },
    "x".repeat(5000),
    Number.MAX_SAFE_INTEGER + 1,
    { toString: 1 },
    "item_mine",
    "root",
  ),
  fc.string({ maxLength: 20 }),
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>,
);

type Path = readonly (string | number)[];
function pathsOf(value: unknown, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, entry]) => pathsOf(entry, [...at, key]))];
}

function replaceAt(
  value: unknown,
  path: Path,
  change: (holder: Record<string, unknown>, key: string) => void,
): unknown {
  const copy = structuredClone(value) as Record<string, unknown>;
  let holder = copy;
  for (const step of path.slice(0, -1)) holder = holder[step] as Record<string, unknown>;
  change(holder, String(path.at(-1)));
  return copy;
}

/** One message of a hostile client: text, or bytes. */
export const hostileMessage: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  { weight: 8, arbitrary: mutatedField() },
  { weight: 2, arbitrary: mutatedText() },
  { weight: 1, arbitrary: fc.jsonValue().map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }).map((text) => text.toWellFormed()) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
);

/** A field replaced, taken away, doubled or added. */
function mutatedField(): fc.Arbitrary<string> {
  return fc.constantFrom(...goodEvents).chain((event) => mutated(event));
}

/** JSON of `value` with a field replaced, taken away or added. */
export function mutated(value: unknown): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(), fc.constantFrom("replace", "remove", "add"), strangeValue, fc.string({ maxLength: 8 }))
    .map(([pick, how, strange, name]) => {
      const paths = pathsOf(value).filter((path) => path.length > 0);
      const path = paths[pick % paths.length];
      if (path === undefined) return (JSON.stringify(strange) ?? "").toWellFormed();
      const changed = replaceAt(value, path, (holder, key) => {
        if (how === "replace") holder[key] = strange;
        else if (how === "remove") delete holder[key];
        else holder[name === "" || name === "length" ? "extra" : name] = strange;
      });
      return JSON.stringify(changed).toWellFormed();
    });
}

/** A few characters of the text changed, cut or repeated. */
function mutatedText(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...goodEvents), fc.nat(), fc.nat(12), fc.string({ maxLength: 6 }))
    .map(([event, pick, length, insert]) => {
      const text = JSON.stringify(event);
      const at = pick % text.length;
      return (text.slice(0, at) + insert + text.slice(at + length)).toWellFormed();
    });
}
