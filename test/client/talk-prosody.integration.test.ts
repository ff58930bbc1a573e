/** The prosody drill the whole way: recordings with a known melody through a server, its recogniser and its meter. */
import { describe, expect, test } from "vitest";
import { openTalkServer, recording } from "./talk-server.ts";

const server = openTalkServer();
const speak = (name: string, focus: string) =>
  server.speak(recording(`prosody/${name}.wav`), "--timeout", "100", "--drill", "prosody", "--focus", focus);

describe("[DR19] [DR20] recordings with a known melody, through the socket", () => {
  test.each([
    ["import-second", "stress", { syllable: 1 }, "The stress was on the second syllable, as it should be."],
    ["emphasis-he", "emphasis", { word: 3 }, '"he" had the weight.'],
    ["river-rise", "contour", { shape: "rise" }, "Your voice rose at the end, as asked."],
  ])("%s is as asked", async (name, focus, heard, says) => {
    const result = await speak(name, focus);
    expect(result).toMatchObject({
      outcome: "read_well",
      task: { kind: "prosody", aspect: focus },
      prosody: { verdict: "as_asked", ...heard },
    });
    expect(result.reply).toContain(says);
    expect(result.prosody?.end_ms).toBeGreaterThan(result.prosody?.start_ms as number);
  });

  test.each([
    ["import-first", "stress", { syllable: 0 }, "on the first syllable; it belongs on the second. One thing"],
    ["emphasis-stole", "emphasis", { word: 4 }, '"stole" had more weight than "he". One thing'],
    ["river-fall", "contour", { shape: "fall" }, "Your voice fell at the end. One thing to try"],
  ])("%s is not, and is asked for again", async (name, focus, heard, says) => {
    const result = await speak(name, focus);
    expect(result).toMatchObject({ outcome: "slipped", prosody: { verdict: "otherwise", ...heard } });
    expect(result.reply).toContain(says);
    expect(result.reply.endsWith(result.sentence as string)).toBe(true);
  });
});
