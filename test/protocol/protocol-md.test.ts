/** PROTOCOL.md against the schemas: its lists, tables, examples and sequences are the protocol's own. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { clientEventSchemas } from "../../src/protocol/client-events.ts";
import { closeCodes } from "../../src/protocol/close-codes.ts";
import { errorCodes } from "../../src/protocol/errors.ts";

import { parseClientEvent } from "../../src/protocol/parse.ts";
import { type ServerEventType, serverEventSchemas } from "../../src/protocol/server-events.ts";
import { settings } from "../../src/server/config/config.ts";

const text = readFileSync(new URL("../../PROTOCOL.md", import.meta.url), "utf8");

/** The text under `## title`, up to the next heading of that level. */
function section(title: string): string {
  const parts = text.split(/^## /m).filter((part) => part.startsWith(`${title}\n`));
  if (parts.length !== 1) throw new Error(`${parts.length} sections "${title}"`);
  return parts[0]!;
}

/** Event type → the text under its `### \`type\`` heading. */
function eventSections(title: string): Map<string, string> {
  const [, ...parts] = section(title).split(/^### /m);
  return new Map(parts.map((part) => [/^`([^`]+)`\n/.exec(part)?.[1] ?? part, part]));
}

function fences(part: string, language: string): string[] {
  return [...part.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter((match) => match[1] === language)
    .map((match) => match[2]!);
}

/** The cells of every table row of a part, headings and rulers left out. */
function rows(part: string): string[][] {
  const tables = part.matchAll(/^\|.*\|\n\|[-|]+\|\n((?:\|.*\|\n)+)/gm);
  return [...tables].flatMap((table) =>
    table[1]!
      .trim()
      .split("\n")
      .map((row) => row.slice(2, -2).split(" | ")),
  );
}

const client = eventSections("Client events");
const server = eventSections("Server events");

describe("the lists", () => {
  test("of events are those of the schemas", () => {
    expect([...client.keys()].sort()).toEqual(Object.keys(clientEventSchemas).sort());
    expect([...server.keys()].sort()).toEqual(Object.keys(serverEventSchemas).sort());
  });

  test("of error codes are the closed list, word for word", () => {
    expect(rows(section("Error codes"))).toEqual(
      Object.entries(errorCodes).map(([code, entry]) => [
        `\`${code}\``,
        `\`${entry.type}\``,
        entry.status ? String(entry.status) : "–",
        entry.when,
      ]),
    );
  });

  test("of close codes are the closed list, word for word", () => {
    expect(rows(section("Close codes"))).toEqual(
      Object.entries(closeCodes).map(([name, entry]) => [String(entry.code), name, entry.retry, entry.when]),
    );
  });

  test("of limits have the server's own defaults", () => {
    const limits = rows(section("Limits"));
    expect(limits.length).toBeGreaterThan(10);
    for (const [limit, value, variable] of limits) {
      const name = variable!.replaceAll("`", "");
      expect(settings, limit).toHaveProperty(name);
      const { fallback } = settings[name as keyof typeof settings];
      expect(/\d+/.exec(value!)?.[0], limit).toBe(fallback);
    }
  });

  test("name no error code and no close code that does not exist", () => {
    const codes = new Set(Object.values(closeCodes).map(({ code }) => String(code)));
    for (const [, code] of text.matchAll(/clos(?:e|ed|es) (?:with )?(\d{4})/g)) expect(codes).toContain(code);
    const named = [...section("Limits").matchAll(/`([a-z]+_[a-z_]+)`/g)].map((match) => match[1]);
    for (const code of named) expect(errorCodes).toHaveProperty(code!);
  });
});

describe("every example", () => {
  test.each([...client])("of the client's %s parses", (type, part) => {
    const examples = fences(part, "json").map((example) => JSON.parse(example) as unknown);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      expect(example).toMatchObject({ type });
      expect(parseClientEvent(example)).toEqual({ ok: true, event: example });
    }
  });

  test.each([...server])(
    "of the server's %s parses, with no field that the schema does not have",
    (type, part) => {
      const examples = fences(part, "json").map((example) => JSON.parse(example) as unknown);
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        expect(example).toMatchObject({ type });
        // Unknown fields are dropped by the parse: what comes back equal had none.
        expect(serverEventSchemas[type as ServerEventType].parse(example)).toEqual(example);
      }
    },
  );

  test("stands in a section of its event: no JSON elsewhere goes unchecked", () => {
    const checked = [...client.values(), ...server.values()].flatMap((part) => fences(part, "json")).length;
    expect(fences(text, "json")).toHaveLength(checked);
  });
});

test("every line of every sequence is an event that side may say", () => {
  const lines = fences(text, "sequence").flatMap((sequence) => sequence.trim().split("\n"));
  expect(lines.length).toBeGreaterThan(80);
  for (const line of lines) {
    const [, arrow, name] = /^([→←]) (\(binary audio\)|[a-z_.]+)(?: \*)?$/.exec(line) ?? [];
    expect(name, line).toBeDefined();
    if (name === "(binary audio)") continue;
    expect(arrow === "→" ? clientEventSchemas : serverEventSchemas, line).toHaveProperty([name!]);
  }
});

test("its links within the page lead somewhere", () => {
  const anchors = new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
  for (const [, anchor] of text.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
});
