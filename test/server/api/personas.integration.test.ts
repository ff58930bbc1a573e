import { afterAll, beforeAll, expect, test } from "vitest";
import { findPersona } from "../../../src/coach/personas/personas.ts";
import { ask, begin, type RestServer, startRest } from "../../support/rest.ts";

let opened: RestServer;
beforeAll(async () => {
  opened = await startRest();
});
afterAll(() => opened.close());

const boss = {
  ...findPersona("interviewer"),
  id: "boss",
  name: "My boss",
  questions: { en: ["Why are you late?"] },
};
const as = (user: string, request: string, json?: unknown) =>
  ask(opened.server, request, { as: user, ...(json !== undefined && { json }) });

test("one's own are made, listed, talked with and removed; nobody else sees them", async () => {
  const made = await as("ann", "POST /api/personas", boss);
  expect([made.status, made.body.data]).toEqual([
    201,
    { id: "boss", name: "My boss", flow: "interview", language: "en-US", own: true },
  ]);
  const ids = async (user: string) =>
    (await as(user, "GET /api/personas")).body.data.personas.map(({ id }: { id: string }) => id);
  expect(await ids("ann")).toEqual(["boss", "interviewer", "kuku", "presenter", "reader"]);
  expect(await ids("bob")).not.toContain("boss");

  const session = await begin(opened.server, { as: "ann", json: { persona: "boss" } });
  const said = await as("ann", `POST /api/sessions/${session}/messages`, { text: "Good morning." });
  expect(said.status).toBeLessThan(300);
  const refused = await as("bob", "POST /api/sessions", { persona: "boss" });
  expect([refused.status, refused.body.code]).toEqual([400, "UNKNOWN_PERSONA"]);

  expect((await as("bob", "DELETE /api/personas/boss")).status).toBe(404);
  expect((await as("ann", "DELETE /api/personas/boss")).body.data).toEqual({ id: "boss", removed: true });
  expect((await as("ann", "DELETE /api/personas/boss")).body.code).toBe("PERSONA_NOT_FOUND");
});

test.each([
  [{ ...boss, flow: "song" }, 400, "flow"],
  [{ ...boss, questions: {} }, 400, "questions"],
  [{ ...boss, id: "../boss" }, 400, "id"],
  [{ ...boss, instructionsFile: "a.md" }, 400, "instructionsFile"],
  [{ ...boss, id: "kuku" }, 409, "not yours"],
])("one that cannot be is refused with the field's name: %#", async (json, status, why) => {
  const { body, ...answer } = await as("ann", "POST /api/personas", json);
  expect([answer.status, body.error]).toEqual([status, expect.stringContaining(why)]);
});
