/** Requests that are well-formed as HTTP, to routes that are there, with everything else a little or very wrong. */
import fc from "fast-check";
import { mutated, strangeValue } from "../../test/server/realtime/mutations.ts";
import { type Operation, type Schema, valuesOf } from "../operations.ts";

/** Something to send, and how its answers are to be read. */
export interface HttpInput {
  readonly bytes: Buffer;
  readonly bodyless?: boolean;
  readonly mayBeBare?: boolean;
}

export interface RequestContext {
  readonly operations: readonly Operation[];
  readonly resolve: (schema: Schema) => Schema;
  /** Ids of things that the fuzzer itself has made. */
  readonly ids: readonly string[];
  /** Header lines that say who asks; each request picks one set. */
  readonly identities: readonly (readonly string[])[];
}

/** What would end more than a request: everything of the one local user, or the sign-in that all others use. */
const harmful = /erase everything/;
const endsSignIn = /\/(sign-out|revoke-[\w-]+|change-password)$/;

const strangeTexts = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "..",
    "%2e%2e%2fpackage.json",
    "%00",
    "%ff%fe",
    "%F0%9F%98%80",
    "null",
    "__proto__",
    "constructor",
    "-1",
    "0",
    "1e309",
    "NaN",
    "2026-13-45",
    "9999999999999999999999",
    "'; DROP TABLE sessions; --",
    "%' OR '1'='1",
    "session-00000000-0000-7000-8000-000000000000",
    "a".repeat(600),
    "%",
    "*",
    "[]",
    "{}",
    "%0d%0aX-Evil:1",
  ),
  fc.string({ maxLength: 30 }),
  fc.string({ unit: "binary", maxLength: 10 }),
);

/** A header's value must be Latin-1 without line ends, a path without blanks: else it is another suite's business. */
const inPath = (text: string) =>
  encodeURI(text.toWellFormed()).replaceAll("%25", "%").replaceAll("?", "%3F").replaceAll("#", "%23");
const inHeader = (text: string) => text.replaceAll(/[^\x20-\x7e\x80-\xff]/g, "?").trim();

const mediaTypes = [
  "application/json",
  "application/json; charset=utf-8",
  "application/json; charset=utf-16",
  "application/merge-patch+json",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "application/json, text/html",
  "",
  "a",
];

/** Lays out a request. */
function layOut(
  method: string,
  target: string,
  headers: readonly string[],
  body: Buffer | string = "",
): HttpInput {
  const bytes = Buffer.from(body);
  const length =
    bytes.length > 0 || !["GET", "HEAD"].includes(method) ? [`Content-Length: ${bytes.length}`] : [];
  const head = [`${method} ${target} HTTP/1.1`, "Host: localhost", ...headers.map(inHeader), ...length];
  const start = Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1");
  return { bytes: Buffer.concat([start, bytes]), bodyless: method === "HEAD" };
}

/** The path of an operation with ids of the fuzzer's own, of nobody, or nonsense. */
function targets({ path, query }: Operation, ids: readonly string[]): fc.Arbitrary<string> {
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("session-x", ...ids) },
    { weight: 1, arbitrary: strangeTexts },
  );
  const parameter = fc.tuple(
    fc.oneof(fc.constantFrom("unknown", "__proto__", "limit", ...query), fc.string({ maxLength: 6 })),
    fc.oneof(strangeTexts, fc.constantFrom("1", "true", ...ids)),
  );
  const parameters = fc.array(parameter, { maxLength: 4 });
  return fc.tuple(fc.array(value, { minLength: 4, maxLength: 4 }), parameters).map(([values, pairs]) => {
    let next = 0;
    const filled = path.replaceAll(/\{[^}]+\}/g, () => inPath(values[next++ % 4]!) || "x");
    const search = pairs.map(([name, text]) => `${inPath(name)}=${inPath(text)}`).join("&");
    return search === "" ? filled : `${filled}?${search}`;
  });
}

/** JSON bodies: as they should be, with a field that is not, cut up, or of another kind altogether. */
function bodies(schema: Schema | undefined, resolve: RequestContext["resolve"]): fc.Arbitrary<string> {
  const good = schema ? valuesOf(schema, resolve) : fc.constant({});
  const asText = (value: unknown) => (JSON.stringify(value) ?? "").toWellFormed();
  return fc
    .oneof(
      { weight: 3, arbitrary: good.map(asText) },
      { weight: 4, arbitrary: good.chain((value) => mutated(value)) },
      { weight: 1, arbitrary: strangeValue.map(asText) },
      {
        weight: 1,
        arbitrary: fc.string({ unit: "binary", maxLength: 100 }).map((text) => text.toWellFormed()),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          "[".repeat(30_000),
          "[".repeat(20_000) + "]".repeat(20_000),
          '{"a":'.repeat(5_000),
          '{"__proto__":{"a":1}}',
          '{"constructor":{"prototype":{}}}',
          `"${"x".repeat(70_000)}"`,
          "\ufeff{}",
          "{}{}",
          '{"a":1e999}',
          '{"\\u0000":"\\ud800"}',
        ),
      },
    )
    .filter((text) => !harmful.test(text));
}

/** Any operation with any body. */
export function restInput({ operations, resolve, ids, identities }: RequestContext): fc.Arbitrary<HttpInput> {
  return fc.constantFrom(...operations).chain((operation) => {
    const { method, path } = operation;
    const schema = operation.bodies["application/json"];
    const takesBody = schema !== undefined || !["GET", "HEAD", "DELETE"].includes(method);
    const body = takesBody ? bodies(schema, resolve) : fc.constant("");
    // Whoever ends sign-ins is somebody whom the others do not need.
    const who = endsSignIn.test(path) ? fc.constant([] as const) : fc.constantFrom(...identities);
    const type = fc.oneof(
      { weight: 8, arbitrary: fc.constant("application/json") },
      { weight: 1, arbitrary: fc.constantFrom(...mediaTypes) },
    );
    const used = fc.oneof(
      { weight: 12, arbitrary: fc.constant(method) },
      {
        weight: 1,
        arbitrary: fc.constantFrom("HEAD", "OPTIONS", "PATCH", "PUT", "DELETE", "TRACE", "PROPFIND"),
      },
    );
    return fc
      .tuple(targets(operation, ids), body, who, type, used)
      .map(([target, text, identity, mediaType, verb]) =>
        layOut(verb, target, [...identity, ...(text === "" ? [] : [`Content-Type: ${mediaType}`])], text),
      );
  });
}

/** Forms with a file, or what claims to be one. */
export function formInput({ operations, ids, identities }: RequestContext): fc.Arbitrary<HttpInput> {
  const takers = operations.filter(({ bodies: types }) => "multipart/form-data" in types);
  const boundary = fc.constantFrom("x", "----kuku", "a b", "", "x".repeat(71), "--", "é", '"quoted"');
  const name = fc.constantFrom(
    '"audio"',
    '"other"',
    "audio",
    '"',
    '""',
    `"${"n".repeat(300)}"`,
    '"__proto__"',
  );
  const file = fc.constantFrom(
    'filename="a.wav"',
    'filename="../../etc/passwd"',
    'filename="\\0"',
    "filename*=utf-8''%00%ff",
    `filename="${"f".repeat(5000)}"`,
    'filename=""',
    "",
    "filename",
  );
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(riff(16_000, 1, 320), riff(0, 0, 10), riff(4_294_967_295, 65_535, 7)),
    fc
      .constantFrom("OggS\0\x02", "\x1aE\xdf\xa3", "ID3\x04", "\xff\xfb\x90\0", "fLaC", "\0\0\0\x18ftypM4A ")
      .map((text) => Buffer.from(text.padEnd(300, "\x7f"), "latin1")),
  );
  const part = fc.record({ name, file, content, broken: fc.integer({ min: 0, max: 11 }) });
  const shape = fc.record({
    taker: fc.constantFrom(...takers),
    boundary,
    said: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: boundary }),
    parts: fc.oneof(
      { weight: 9, arbitrary: fc.array(part, { maxLength: 3 }) },
      { weight: 1, arbitrary: part.map((one) => Array.from({ length: 200 }, () => one)) },
    ),
    end: fc.constantFrom("--\r\n", "--\r\n", "--\r\n", "", "\r\n", "-"),
    who: fc.constantFrom(...identities),
  });
  return shape.chain(({ taker, boundary: line, said, parts, end, who }) => {
    const pieces = parts.flatMap((one) => [
      Buffer.from(`--${line}\r\n${partHead(one)}`, "latin1"),
      one.content,
      Buffer.from("\r\n"),
    ]);
    const body = Buffer.concat([...pieces, Buffer.from(`--${line}${end}`, "latin1")]);
    const type = `Content-Type: multipart/form-data; boundary=${said ?? line}`;
    return targets(taker, ids).map((target) => layOut("POST", target, [...who, type], body));
  });
}

function partHead({ name, file, broken }: { name: string; file: string; broken: number }): string {
  const disposition = `Content-Disposition: form-data; name=${name}; ${file}\r\n`;
  if (broken === 0) return disposition;
  if (broken === 1) return `${"X: y\r\n".repeat(60)}${disposition}\r\n`;
  if (broken === 2) return "\r\n";
  if (broken === 3)
    return `${disposition}Content-Type: ${"a/".repeat(50)}\r\nContent-Transfer-Encoding: base64\r\n\r\n`;
  return `${disposition}Content-Type: audio/wav\r\n\r\n`;
}

/** A WAV file whose header says this. */
function riff(rate: number, channels: number, samples: number): Buffer {
  const data = Buffer.alloc(samples * 2, 3);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE((rate * 2) % 2 ** 32, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

/** Credentials of every wrong kind, cookies and origins, at routes that ask for them. */
export function credentialInput({ operations, ids }: RequestContext): fc.Arbitrary<HttpInput> {
  const token = fc.oneof(
    fc.constantFrom(
      "",
      "x",
      "ek_",
      "ek_AAAA",
      "kk_",
      "kk_x_y",
      "null",
      "a".repeat(3000),
      `ek_${"A".repeat(900)}`,
    ),
    fc.base64String({ maxLength: 120 }),
    fc.string({ maxLength: 40 }).map((text) => `ek_${text}`),
    fc.string({ maxLength: 40 }).map((text) => `kk_${text}`),
  );
  const line = fc.oneof(
    token.map((text) => `Authorization: Bearer ${text}`),
    fc.constantFrom(
      "Authorization: Basic YTpi",
      "Authorization:",
      "Authorization: Bearer",
      "Authorization: Digest x=y",
    ),
    token.map((text) => `Cookie: kuku.session_token=${text}; kuku_guest=${text}; __Host-kuku=${text}`),
    fc.string({ maxLength: 60 }).map((text) => `Cookie: ${text}`),
    fc
      .constantFrom(...["null", "https://evil.example", "http://localhost", "file://", "http://[::1", "x y"])
      .map((text) => `Origin: ${text}`),
    fc.constantFrom("Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none"),
    fc.ipV4().map((address) => `X-Forwarded-For: ${address}, 10.0.0.1`),
    fc.string({ maxLength: 40 }).map((text) => `X-Forwarded-For: ${text}`),
    fc.string({ maxLength: 200 }).map((text) => `X-Request-Id: ${text}`),
    fc.constantFrom(
      "Range: bytes=0-",
      "Range: bytes=-1,5-2",
      "Range: bytes=999999999999999999-",
      "If-None-Match: *",
    ),
    fc.constantFrom(
      "Content-Encoding: gzip",
      "Content-Encoding: br",
      "Accept: text/event-stream",
      "Accept-Language: x",
    ),
  );
  return fc
    .tuple(fc.constantFrom(...operations), fc.array(line, { minLength: 1, maxLength: 4 }))
    .chain(([operation, lines]) =>
      targets(operation, ids).map((target) => layOut(operation.method, target, lines)),
    );
}
