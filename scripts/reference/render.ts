/** Writes the coverage as the tables of PROTOCOL.md. */
import type { Direction, FieldCoverage, TypeCoverage } from "./coverage.ts";

const begin = "<!-- Written by `npm run reference`. -->";
const end = "<!-- End of what is written by `npm run reference`. -->";

const titles: Readonly<Record<Direction, string>> = {
  client: "### What clients send",
  server: "### What the server sends",
};

const shownStatus = {
  supported: "supported",
  accepted: "accepted, no effect",
  refused: "refused",
  sent: "sent",
  "not sent": "not sent",
};

/** The generated part of PROTOCOL.md. */
function renderReference(types: readonly TypeCoverage[]): string {
  const tables = (["client", "server"] as const).map((direction) => {
    const rows = types.filter((type) => type.direction === direction).flatMap(typeRows);
    return `${titles[direction]}\n\n| type | where | fields | here | |\n|---|---|---|---|---|\n${rows.join("\n")}\n`;
  });
  return `${begin}\n\n${tables.join("\n")}\n${end}`;
}

/** Replaces the generated part of the document. */
export function replaceReference(document: string, types: readonly TypeCoverage[]): string {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error("PROTOCOL.md has lost the marks of its generated part");
  return document.slice(0, from) + renderReference(types) + document.slice(to + end.length);
}

/** A row for the fields of a type that share a status and its reason. */
function typeRows({ name, place, fields }: TypeCoverage): string[] {
  const rows = new Map<string, { readonly coverage: FieldCoverage; readonly names: string[] }>();
  for (const [field, coverage] of fields) {
    const key = `${coverage.status} ${coverage.why ?? ""}`;
    const row = rows.get(key) ?? { coverage, names: [] };
    row.names.push(`\`${field}\``);
    rows.set(key, row);
  }
  const [event = "", path] = place.split(": ");
  const where = path === undefined ? `\`${event}\`` : `\`${event}\`, \`${path}\``;
  return [...rows.values()].map(
    ({ coverage, names }) =>
      `| \`${name}\` | ${where} | ${names.join(", ")} | ${shownStatus[coverage.status]} | ${coverage.why ?? ""} |`,
  );
}
