/** Readings that end early, hold an um or begin again, the whole way: recordings through a server and its recogniser. */
import { expect, test } from "vitest";
import type { TalkResult } from "../../src/client/cli/outcome.ts";
import { openTalkServer, recording } from "./talk-server.ts";

const server = openTalkServer();
const fox = "The quick brown fox jumps over the lazy dog.";
const drill = ["--timeout", "100", "--drill", "sentence", "--text", fox];
const read = (name: string) => server.speak(recording(`${name}.wav`), ...drill);

const exempt = ({ words = [] }: TalkResult) =>
  words.flatMap((word) => (word.exempt ? [`${word.expected ?? word.heard}: ${word.exempt}`] : []));

test("[DR23] half a reading: told as such, the rest is no slip", async () => {
  const result = await read("fox-half-slt");
  expect(result.outcome).toBe("slipped");
  expect(exempt(result)).toEqual(["over: unread", "the: unread", "lazy: unread", "dog: unread"]);
  expect(result.reply).toContain('You stopped after "jumps"');
  expect(result.reply).not.toContain("I didn't hear");
});

test.each([
  ["fox-um-slt", "an um", ["um: filled_pause"]],
  ["fox-again-slt", "words said again", ["brown: repetition", "fox: repetition"]],
])("[DR22] %s: %s within a reading is named, and no slip", async (name, _, named) => {
  const result = await read(name);
  expect(result.outcome).toBe("read_well");
  expect(exempt(result)).toEqual(named);
});
