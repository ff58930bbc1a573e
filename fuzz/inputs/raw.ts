/** Bytes that are nearly HTTP: shapes by which requests are smuggled, headers out of order, upgrades to anything. */
import fc from "fast-check";
import type { HttpInput } from "./requests.ts";

const post = (headers: string, body: string) =>
  `POST /api/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}\r\n${body}`;
const get = (headers: string, target = "/health") => `GET ${target} HTTP/1.1\r\n${headers}\r\n`;

const shapes: readonly string[] = [
  get("Host: localhost\r\n"),
  post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
  post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"),
  post("Content-Length: 2\r\nContent-Length: 4\r\n", "{}  "),
  post("Content-Length: -2\r\n", "{}"),
  post("Content-Length: 99999999999999999999\r\n", "{}"),
  post("Content-Length: 10\r\n", "{}"),
  post("Content-Length: 1\r\n", "{}"),
  post("Transfer-Encoding: gzip, chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
  post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
  post("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
  post("Transfer-Encoding: chunked\r\n", "ZZ\r\n{}\r\n0\r\n\r\n"),
  post("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
  post("Transfer-Encoding: chunked\r\n", `2;${"a".repeat(20_000)}\r\n{}\r\n0\r\n\r\n`),
  post("Transfer-Encoding: chunked\r\nTrailer: X\r\n", "2\r\n{}\r\n0\r\nContent-Length: 9\r\nX: y\r\n\r\n"),
  post("Transfer-Encoding: chunked\r\n", "2\n{}\n0\n\n"),
  post("Expect: 100-continue\r\nContent-Length: 2\r\n", "{}"),
  post("Expect: 200-ok\r\nContent-Length: 2\r\n", "{}"),
  get("Host: localhost\r\nX-A: b\r\n c\r\n"),
  get("Host: localhost\r\nX-A: b\0c\r\n"),
  get("Host : localhost\r\n"),
  get("Host: localhost\r\nHost: evil.example\r\n"),
  get("Host: evil.example\r\n", "/api/sessions"),
  get("Host: a@b\r\n"),
  get("Host: [::1\r\n"),
  get("X: y\r\n"),
  get("Host: localhost\r\n", "http://evil.example/api/sessions"),
  get("Host: localhost\r\n", "http://localhost/health"),
  get("Host: localhost\r\n", "*"),
  get("Host: localhost\r\n", "//evil.example/api/sessions"),
  get("Host: localhost\r\n", "/api/../../package.json"),
  get("Host: localhost\r\n", `/${"a".repeat(17_000)}`),
  get(`Host: localhost\r\n${"a: b\r\n".repeat(150)}`),
  get(`Host: localhost\r\n${"a:\r\n".repeat(3000)}`),
  get(`Host: localhost\r\nX: ${"y".repeat(20_000)}\r\n`),
  get("Host: localhost\r\nConnection: close, keep-alive, upgrade\r\nUpgrade: h2c\r\n"),
  "GET /health HTTP/1.0\r\n\r\n",
  "GET /health\r\n\r\n",
  "GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n",
  "GET  /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
  "SSH-2.0-OpenSSH_9.9\r\n",
  "\r\n\r\n\r\n",
  "",
];

const odd = fc.constantFrom(
  "\r",
  "\n",
  "\r\n",
  "\0",
  " ",
  "\t",
  ":",
  ";",
  ",",
  "\x7f",
  "\xff",
  "0",
  "HTTP/1.1",
  "\r\n\r\n",
);

/** A shape as it is, two in a row, or one with some bytes changed. */
export const rawInput: fc.Arbitrary<HttpInput> = fc
  .oneof(
    { weight: 3, arbitrary: fc.constantFrom(...shapes) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(...shapes), fc.constantFrom(...shapes)).map((two) => two.join("")),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom(...shapes), fc.nat(), fc.nat(4), odd)
        .map(([shape, pick, length, insert]) => cut(shape, pick, length, insert)),
    },
    { weight: 1, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 200 }) },
  )
  .map((text) => ({ bytes: Buffer.from(text, "latin1"), mayBeBare: true }));

function cut(text: string, pick: number, length: number, insert: string): string {
  const at = text.length === 0 ? 0 : pick % Math.min(text.length, 400);
  return text.slice(0, at) + insert + text.slice(at + length);
}

const upgradeLines: readonly (readonly string[])[] = [
  ["Connection: Upgrade", "connection: keep-alive, upgrade", "Connection: close", "X: y"],
  ["Upgrade: websocket", "upgrade: WebSocket", "Upgrade: h2c", "Upgrade: websocket, h2c", "Upgrade: "],
  ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", "Sec-WebSocket-Version: x", "X: y"],
  [
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Key: AAAA",
    "Sec-WebSocket-Key: ",
    `Sec-WebSocket-Key: ${"A".repeat(4000)}`,
    "X: y",
  ],
  [
    "X: y",
    "Sec-WebSocket-Protocol: realtime",
    "Sec-WebSocket-Protocol: kuku.v1, realtime, openai-insecure-api-key.ek_x",
    "Sec-WebSocket-Protocol: ,,,",
    `Sec-WebSocket-Protocol: ${"a,".repeat(3000)}`,
    "Sec-WebSocket-Protocol: constructor",
  ],
  [
    "X: y",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99999999999",
    "Sec-WebSocket-Extensions: ;;;",
  ],
  ["X: y", "Origin: https://evil.example", "Origin: null", "Origin: http://localhost", "Origin: :"],
  [
    "X: y",
    "Content-Length: 5",
    "Transfer-Encoding: chunked",
    "Authorization: Bearer ek_zzz",
    "Cookie: kuku_guest=x",
  ],
];
const query = fc.constantFrom(
  "",
  "?model=kuku",
  "?model=constructor",
  "?model=gpt-realtime",
  "?session_id=session-00000000-0000-7000-8000-000000000000",
  "?resume=x",
  "?resume=x&session_id=y",
  "?last_event=1",
  "?resume=x&audio_from=9999999999:1",
  "?x=y",
  "?%ff=%00",
  `?model=${"m".repeat(9000)}`,
  "?__proto__=1",
);
const firstFrame = fc.constantFrom(
  "",
  "hello",
  "\x81\x85\0\0\0\0hello",
  "\x88\x00",
  "\xff\xff\xff\xff",
  "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff",
);

/** Upgrades, some of them good, with something behind them that may be a frame. */
export const upgradeInput: fc.Arbitrary<HttpInput> = fc
  .tuple(
    fc.constantFrom("/v1/realtime", "/v1/realtime", "/v1/realtime", "/", "/v1/realtime/", "/api/sessions"),
    query,
    fc.tuple(
      ...upgradeLines.map((lines) =>
        fc.oneof(
          { weight: 6, arbitrary: fc.constant(lines[0]!) },
          { weight: 1, arbitrary: fc.constantFrom(...lines) },
        ),
      ),
    ),
    firstFrame,
    fc.constantFrom("GET", "GET", "GET", "GET", "POST"),
  )
  .map(([path, search, lines, frame, method]) => ({
    bytes: Buffer.from(
      `${method} ${path}${search} HTTP/1.1\r\nHost: localhost\r\n${lines.join("\r\n")}\r\n\r\n${frame}`,
      "latin1",
    ),
    mayBeBare: true,
  }));
