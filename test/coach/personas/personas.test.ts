import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  defaultPersonaId,
  findPersona,
  personas,
  readPersonas,
} from "../../../src/coach/personas/personas.ts";

function inDirectory(files: Record<string, string>, look: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "personas-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    look(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("there is a coach to talk with, to read aloud to, to be interviewed by and to rehearse before", () => {
  expect(findPersona("kuku")).toMatchObject({ flow: "coaching", greets: true });
  expect(findPersona("reader")).toMatchObject({ flow: "drill", greets: true });
  expect(findPersona("interviewer")).toMatchObject({ flow: "interview", turnTaking: "patient" });
  expect(findPersona("presenter")).toMatchObject({ flow: "rehearsal", turnTaking: "patient" });
  expect(findPersona(defaultPersonaId)).toBeDefined();
  expect(findPersona("nobody")).toBeUndefined();
  expect(findPersona("__proto__")).toBeUndefined();
});

test("adding a persona touches one file", () => {
  const file = JSON.stringify({ ...findPersona("kuku"), id: "boss", name: "Boss" });
  inDirectory({ "boss.json": file }, (directory) => {
    expect(readPersonas(directory).map((persona) => persona.id)).toEqual(["boss"]);
  });
});

test("a persona takes turns as a preset does, as it spells out, or not at all", () => {
  const taking = (turnTaking: unknown) => ({
    "presenter.json": JSON.stringify({ ...findPersona("kuku"), id: "presenter", turnTaking }),
  });
  for (const turnTaking of ["push_to_talk", { type: "semantic_vad", eagerness: "high" }, null])
    inDirectory(taking(turnTaking), (directory) =>
      expect(readPersonas(directory)[0]?.turnTaking).toEqual(turnTaking),
    );
  inDirectory(taking("hasty"), (directory) =>
    expect(() => readPersonas(directory)).toThrow(/presenter\.json[\s\S]*turnTaking/),
  );
});

test("a persona that does not fit is named together with what is wrong", () => {
  inDirectory({ "odd.json": JSON.stringify({ ...personas[0], id: "odd", flow: "song" }) }, (directory) => {
    expect(() => readPersonas(directory)).toThrow(/odd\.json[\s\S]*flow/);
  });
  inDirectory({ "one.json": JSON.stringify({ ...personas[0], id: "two" }) }, (directory) => {
    expect(() => readPersonas(directory)).toThrow(/one\.json.*two/);
  });
});
