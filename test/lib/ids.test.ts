import { expect, test } from "vitest";
import { type IdPrefix, newId } from "../../src/lib/ids.ts";

test.each(["event", "item", "sess"] satisfies IdPrefix[])("ids of %s never repeat and grow", (prefix) => {
  const ids = Array.from({ length: 5000 }, () => newId(prefix));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
  expect(ids.every((id) => new RegExp(`^${prefix}_[0-9a-f]{32}$`).test(id))).toBe(true);
});
