import fc from "fast-check";
import { expect, test } from "vitest";
import { Preroll } from "../../../src/pipeline/ears/preroll.ts";

test("[E4] the ring holds the newest samples, whatever came in whatever pieces", () => {
  const pieces = fc.array(fc.int16Array({ maxLength: 60, size: "max" }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.nat(100), pieces, fc.nat(120), (capacity, parts, count) => {
      const ring = new Preroll(capacity);
      for (const part of parts) ring.push(part);
      const all = parts.flatMap((part) => [...part]);
      const kept = Math.min(capacity, all.length);
      expect(ring.length).toBe(kept);
      const wanted = Math.min(count, kept);
      expect([...ring.take(count)]).toEqual(wanted === 0 ? [] : all.slice(-wanted));
      expect(ring.length).toBe(0);
    }),
  );
});
