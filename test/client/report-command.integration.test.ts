/** `kuku report` and `kuku sessions` on a real server with its store. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { main } from "../../src/client/cli/main.ts";
import { ask, audioForm, begin, fixture, type RestServer, startRest } from "../support/rest.ts";

let rest: RestServer;
let id = "";
beforeAll(async () => {
  rest = await startRest();
  id = await begin(rest.server);
  await ask(rest.server, `POST /api/sessions/${id}/messages`, {
    json: { text: "I will clear my <desk> by Friday." },
  });
  const form = audioForm(fixture("speech/goal-rms.wav"), "goal.wav");
  await ask(rest.server, `POST /api/sessions/${id}/messages`, { form });
});
afterAll(() => rest.close());

/** Runs the command in this process. */
async function kuku(...argv: string[]) {
  const said = { out: "", error: "" };
  const into = (stream: keyof typeof said) => ({
    write(text: string) {
      said[stream] += text;
    },
  });
  const code = await main(argv, { out: into("out"), error: into("error") });
  return { code, ...said };
}

test("a session is told before it has ended, and with its report after", async () => {
  const before = await kuku("report", id, "--url", rest.server.url);
  expect(before.code).toBe(0);
  expect(before.out).toContain("(the session has not ended yet)");
  await ask(rest.server, `POST /api/sessions/${id}/end`);
  const { code, out, error } = await kuku("report", id, "--url", rest.server.url);
  expect([code, error]).toEqual([0, ""]);
  expect(out).toContain("ACTION PLAN:\n1. ");
  expect(out).toMatch(/Pitch movement +\d\.\d semitones +(lively|monotone) \(rule of thumb/);
});

test("as JSON, it is one object with all that is kept", async () => {
  const { code, out } = await kuku("report", id, "--url", rest.server.url, "--json");
  const kept = JSON.parse(out);
  expect(code).toBe(0);
  expect(kept.session).toMatchObject({ sessionId: id, status: "ended" });
  expect(kept.messages).toHaveLength(4);
  expect(kept.delivery.utterances[0].contour.pitchHz.length).toBeGreaterThan(40);
});

test("as a page, it is written to the file", async () => {
  const file = join(rest.dataDir, "report.html");
  const { code, out } = await kuku("report", id, "--url", rest.server.url, "--html", file);
  expect([code, out]).toEqual([0, `${file}\n`]);
  const page = await readFile(file, "utf8");
  expect(page).toMatch(/^<!doctype html>/);
  expect(page).toContain("clear my &lt;desk&gt;");
  expect(page.match(/<svg class="contour"/g)).toHaveLength(1);
  const nowhere = await kuku(
    "report",
    id,
    "--url",
    rest.server.url,
    "--html",
    join(rest.dataDir, "no", "a.html"),
  );
  expect([nowhere.code, nowhere.error]).toEqual([2, expect.stringContaining("cannot be written (ENOENT)")]);
});

test("sessions are listed newest first, one's own, as many as asked for", async () => {
  const later = await begin(rest.server);
  const { code, out } = await kuku("sessions", "--url", rest.server.url);
  expect(code).toBe(0);
  const lines = out.trimEnd().split("\n");
  expect(lines.map((line) => line.split(" ")[0])).toEqual([later, id]);
  expect(lines[0]).toMatch(/kuku +0 messages {2}open$/);
  const one = await kuku("sessions", "--url", rest.server.url, "--limit", "1", "--json");
  expect(JSON.parse(one.out)).toMatchObject({ sessionId: later, status: "active" });
  const bobs = await kuku("sessions", "--url", rest.server.url, "--token", "bob");
  expect(bobs.out).toBe("(no sessions yet)\n");
});

test("what the server refuses is said, with what to do", async () => {
  const theirs = await kuku("report", id, "--url", rest.server.url, "--token", "bob");
  expect([theirs.code, theirs.out]).toEqual([1, ""]);
  expect(theirs.error).toBe("kuku: There is no such session.\nList yours with: kuku sessions\n");
  const malformed = await kuku("report", "../x", "--url", rest.server.url);
  expect([malformed.code, malformed.error]).toEqual([1, expect.stringContaining("kuku sessions")]);
});

test("where no server answers, or another one, it says so", async () => {
  const none = await kuku("report", id, "--url", "http://127.0.0.1:9");
  expect([none.code, none.error]).toEqual([
    1,
    "kuku: http://127.0.0.1:9 cannot be reached (ECONNREFUSED)\nStart a server with: kuku start\n",
  ]);
});

test.each([
  [["report"], "which session? kuku sessions lists them"],
  [["report", "a", "b"], '"b" is one too many'],
  [["report", "a", "--url", "x"], '--url: "x" is no http:, https:, ws: or wss: address'],
  [["report", "a", "--json", "--html", "x"], "--json or --html, not both"],
  [["report", "a", "--limit", "3"], "--limit is for kuku sessions"],
  [["sessions", "a"], '"a" is one too many'],
  [["sessions", "--limit", "0"], '--limit: "0" is no number from 1 to 100'],
  [["sessions", "--html", "x"], "--html is for kuku report"],
  [["report", "a", "--wrong"], "Unknown option '--wrong'"],
])("%j is wrong usage", async (argv, message) => {
  expect(await kuku(...argv)).toEqual({ code: 2, out: "", error: `kuku: ${message}\nTry: kuku --help\n` });
});

test("help tells of all commands", async () => {
  const { code, out } = await kuku("report", "--help");
  expect(code).toBe(0);
  for (const words of ["kuku talk", "kuku report SESSION", "--html", "kuku sessions", "--limit"])
    expect(out).toContain(words);
});
