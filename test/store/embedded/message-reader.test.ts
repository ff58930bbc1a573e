/** Units of PostgreSQL's protocol, however its bytes come. */
import { describe, expect, test } from "vitest";
import { MessageReader, type Unit } from "../../../src/store/embedded/message-reader.ts";

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const start = (code: number, body = "") =>
  Buffer.concat([int32(8 + body.length), int32(code), Buffer.from(body)]);
const message = (type: string, body = "") =>
  Buffer.concat([Buffer.from(type), int32(4 + body.length), Buffer.from(body)]);
const version = 196_608;
const plain = (units: Unit[]) =>
  units.map((unit) => (typeof unit === "string" ? unit : Buffer.from(unit).toString("hex")));

describe("[WK8] a unit", () => {
  const parts = [
    start(80_877_103),
    start(version, "user\0kuku\0\0"),
    message("Q", "select 1\0"),
    Buffer.concat([message("P", "a"), message("B"), message("D"), message("E"), message("S")]),
  ];
  const units = ["refuse_encryption", ...parts.slice(1).map((part) => part.toString("hex"))];

  test("is whole, with all messages up to its Sync, in one piece or byte by byte", () => {
    expect(plain(new MessageReader().take(Buffer.concat(parts)))).toEqual(units);
    const reader = new MessageReader();
    expect(plain([...Buffer.concat(parts)].flatMap((byte) => reader.take(Uint8Array.of(byte))))).toEqual(
      units,
    );
  });

  test.each([
    ["a cancellation", start(80_877_102, "12345678")],
    ["another protocol", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
    ["a length below the least", Buffer.concat([start(version), Buffer.from("Q"), int32(3)])],
    ["a farewell", Buffer.concat([start(version), message("X")])],
  ])("is the last one: %s", (_, bytes) => {
    expect(new MessageReader().take(bytes).at(-1)).toBe("over");
  });
});
