import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentRange, parseRange } from "../../../src/store/objects/range.ts";

describe("parseRange", () => {
  test.each([
    ["bytes=0-9", 0, 9],
    ["bytes=10-", 10, 99],
    ["bytes=-5", 95, 99],
    ["bytes=-500", 0, 99],
    ["bytes=0-1000", 0, 99],
    ["bytes=99-99", 99, 99],
    ["Bytes=0-0", 0, 0],
    ["bytes= 1-2 ", 1, 2],
    [`bytes=0-${"9".repeat(400)}`, 0, 99],
  ])("%s of 100 bytes is answered in part", (header, start, end) => {
    expect(parseRange(header, 100)).toEqual({ kind: "part", range: { start, end } });
  });

  test.each([
    undefined,
    "",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=a-b",
    "bytes=5-2",
    "bytes=0-1,5-6",
    "items=0-5",
    "bytes=0x1-2",
    "bytes=1.5-2",
    "bytes=--1",
  ])("%s is answered whole", (header) => {
    expect(parseRange(header, 100)).toEqual({ kind: "whole" });
  });

  test.each(["bytes=100-", "bytes=100-200", "bytes=-0", `bytes=${"9".repeat(400)}-`])(
    "%s of 100 bytes cannot be had",
    (header) => {
      expect(parseRange(header, 100)).toEqual({ kind: "unsatisfiable" });
    },
  );

  test("an empty object has no range, but it has a tail", () => {
    expect(parseRange("bytes=0-", 0)).toEqual({ kind: "unsatisfiable" });
    expect(parseRange("bytes=-5", 0)).toEqual({ kind: "whole" });
  });

  test("a part always lies within the object", () => {
    const number = fc.oneof(fc.constant(""), fc.nat(300).map(String));
    fc.assert(
      fc.property(number, number, fc.nat(200), (first, last, size) => {
        const answer = parseRange(`bytes=${first}-${last}`, size);
        if (answer.kind !== "part") return;
        const { start, end } = answer.range;
        expect(start >= 0 && start <= end && end < size).toBe(true);
      }),
    );
  });
});

test("Content-Range says the part and the whole, or the whole alone", () => {
  expect(contentRange({ start: 2, end: 3 }, 10)).toBe("bytes 2-3/10");
  expect(contentRange(undefined, 10)).toBe("bytes */10");
});
