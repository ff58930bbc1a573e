import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Accepted, readAccepted, readAudit } from "../../scripts/audit.ts";

const recorded = (name: string) =>
  readFileSync(new URL(`../fixtures/audit/${name}.json`, import.meta.url), "utf8");
const today = "2026-11-23";
const lived: Accepted = {
  advisory: "GHSA-3h5v-q93c-6h6q",
  package: "ws",
  reason: "Headers are counted before.",
  until: today,
};

describe("what npm audit answers", () => {
  test.each([
    ["refused", "the registry answers 405"],
    ["offline", "ENOAUDIT"],
  ])("%s: nothing was checked, and it says why without naming the registry", (name, unchecked) => {
    expect(readAudit(recorded(name), [], today)).toEqual({ unchecked });
  });

  test.each(["", "npm error code ENOLOCK", "null", "{}"])("%j: nothing was checked", (printed) => {
    expect(readAudit(printed, [], today)).toEqual({ unchecked: "npm printed no report" });
  });

  test("nothing: all is well", () => {
    expect(readAudit(recorded("clean"), [], today)).toEqual({
      packages: 217,
      open: [],
      accepted: [],
      idle: [],
    });
  });

  test("a high one: told once, by the package that has it; a low one is not", () => {
    const audit = readAudit(recorded("findings"), [], today);
    expect(audit).toMatchObject({
      open: [
        {
          advisory: "GHSA-3h5v-q93c-6h6q",
          package: "ws",
          severity: "high",
          title: expect.stringContaining("DoS"),
          range: ">=8.0.0 <8.17.1",
        },
      ],
      accepted: [],
    });
  });

  test("is lived with until its day, of that package alone", () => {
    expect(readAudit(recorded("findings"), [lived], today)).toMatchObject({
      open: [],
      accepted: [{ package: "ws" }],
    });
    expect(readAudit(recorded("findings"), [lived], "2026-11-24")).toMatchObject({
      open: [{ package: "ws" }],
    });
    const other = { ...lived, package: "cookie" };
    expect(readAudit(recorded("findings"), [other], today)).toMatchObject({
      open: [{ package: "ws" }],
      idle: [other],
    });
  });

  test("every entry of the list has its reason and its day", () => {
    for (const { advisory, package: name, reason, until } of readAccepted()) {
      expect(advisory).toMatch(/^GHSA(-[\da-z]{4}){3}$/);
      expect(name).not.toBe("");
      expect(reason.length).toBeGreaterThan(20);
      expect(Date.parse(until)).toBeGreaterThan(0);
    }
  });
});
