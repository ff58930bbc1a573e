/** `GET /api/engines`: what is told to everybody, and what to who administers the server. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RestServer, startRest } from "../../support/rest.ts";

let rest: RestServer;
beforeAll(async () => {
  rest = await startRest();
});
afterAll(() => rest.close());

async function ask(query = "", token?: string) {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${rest.server.url}/api/engines${query}`, { headers });
  return { status: response.status, body: await response.json() };
}

test("[LM10] who administers the server is told the engines, and the commands for the language", async () => {
  const { data } = (await ask()).body;
  expect(data).toMatchObject({
    transcriber: { name: "scripted", place: "embedded" },
    replyModel: { name: "scripted", place: "embedded" },
    synthesizer: { name: "scripted", place: "embedded" },
    voices: ["scripted"],
    commands: [
      { stage: "transcriber", command: "npm run kuku -- models add zipformer-en-20M" },
      { stage: "synthesizer", command: "npm run kuku -- models add kitten" },
    ],
  });
  expect((await ask("?language=fr-CA")).body.data.commands).toEqual([
    { stage: "transcriber", command: "npm run kuku -- models add zipformer-fr" },
    { stage: "synthesizer", command: "npm run kuku -- models add siwis" },
  ]);
});

test("[LM10] anybody else is told the engines, and no command", async () => {
  const { data } = (await ask("", "ann")).body;
  expect(data.transcriber.name).toBe("scripted");
  expect(data.voices).toEqual(["scripted"]);
  expect(data.commands).toEqual([]);
});

test("[LM10] a language that is none is refused", async () => {
  expect((await ask("?language=-")).status).toBe(400);
});
