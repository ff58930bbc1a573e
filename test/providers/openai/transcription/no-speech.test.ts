/** [PV4] What transcribers write where nothing was said, over HTTP and the Realtime socket. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readWav } from "../../../../src/pipeline/audio/wav.ts";
import type { TranscriptEvent } from "../../../../src/ports/transcriber.ts";
import { openaiRealtimeTranscriber } from "../../../../src/providers/openai/transcription/realtime-transcriber.ts";
import { openaiTranscriber } from "../../../../src/providers/openai/transcription/transcriber.ts";
import { all, openPair } from "../fixtures.ts";
import { pieces } from "../stages.ts";

const recording = (name: string) =>
  readWav(readFileSync(new URL(`../../../fixtures/speech/${name}.wav`, import.meta.url)));
const speech = recording("yes-wrap-up-awb");
const silence = recording("silence-3s");
const noise = recording("noise-pink-3s");

type Recording = typeof speech;
const ways = {
  async streamed(text: string, { pcm, rate }: Recording): Promise<TranscriptEvent[]> {
    const { upstream } = await openPair({ transcriptions: [text] });
    return all(openaiTranscriber({ upstream }).transcribe(pieces(pcm), { rate, language: "en-US", signal }));
  },
  async whole(text: string, { pcm, rate }: Recording): Promise<TranscriptEvent[]> {
    const { upstream } = await openPair({ transcriptions: [text] });
    const transcriber = openaiTranscriber({ upstream, streaming: false });
    return all(transcriber.transcribe(pieces(pcm), { rate, language: "en-US", signal }));
  },
  async "over the socket"(text: string, { pcm, rate }: Recording): Promise<TranscriptEvent[]> {
    const { upstream } = await openPair({ realtime: [text] });
    const transcriber = openaiRealtimeTranscriber({ upstream });
    return all(transcriber.transcribe(pieces(pcm), { rate, language: "en-US", signal }));
  },
};
const { signal } = new AbortController();
const nothing = { type: "final", transcript: { text: "", understood: false } };
const words = (text: string) => ({ type: "final", transcript: { text, understood: true, verbatim: true } });

describe.each(Object.entries(ways))("%s", (_, hear) => {
  test.each([
    "[BLANK_AUDIO]",
    " [ Silence ]",
    "(keyboard clicking)",
    "(coughing) [MUSIC PLAYING]",
    "♪♪",
    "♪ la la la ♪",
    "*coughs*",
    "<|nospeech|>",
    ".",
    "...",
    "- - -",
    "",
  ])("[PV4] %j is no words, even of a voice", async (text) => {
    expect(await hear(text, speech)).toEqual([nothing]);
  });

  test.each([
    ["Thank you.", silence],
    ["Thank you. Thank you.", noise],
    ["Thanks for watching!", noise],
    ["you", silence],
    ["Bye-bye.", silence],
    ["Subtitles by the Amara.org community", silence],
    ["Sous-titres réalisés par la communauté d'Amara.org", noise],
    ["Untertitel im Auftrag des ZDF, 2020", silence],
    ["ご視聴ありがとうございました", silence],
  ])("[PV4] %j is not taken for words where there is no voice", async (text, audio) => {
    expect((await hear(text, audio)).at(-1)).toEqual(nothing);
  });

  test.each([
    ["Thank you.", "Thank you."],
    ["Thanks for watching!", "Thanks for watching!"],
    ["Bye.", "Bye."],
    ["[laughs] I want (coughs) to go on *sighs* now.", "I want to go on now."],
    ["I have two (or three) ideas.", "I have two (or three) ideas."],
    ["2 * 3 * 4 is 24.", "2 * 3 * 4 is 24."],
    ["I won 5.", "I won 5."],
  ])("[PV4] %j, said by a person, is heard", async (text, heard) => {
    expect((await hear(text, speech)).at(-1)).toEqual(words(heard));
  });

  test("[PV4] other words count without a voice, too: whispering has none", async () => {
    const said = "Thank you for asking, I want to sleep more.";
    expect((await hear(said, noise)).at(-1)).toEqual(words(said));
  });

  test("[PV4] no mark is told on the way", async () => {
    const events = await hear("[BLANK_AUDIO] (keyboard clicking) Hello there.", speech);
    const told = events.map((event) => (event.type === "partial" ? event.text : event.transcript.text));
    expect(told.filter((text) => /[[(]|audio|click/i.test(text))).toEqual([]);
    expect(told.at(-1)).toBe("Hello there.");
  });
});

test.each([
  [[{ no_speech_prob: 0.9, avg_logprob: -1.4 }], false],
  [[{ no_speech_prob: 0.9, avg_logprob: -0.2 }], true],
  [[{ no_speech_prob: 0.1, avg_logprob: -1.4 }], true],
  [
    [
      { no_speech_prob: 0.9, avg_logprob: -1.4 },
      { no_speech_prob: 0.1, avg_logprob: -0.2 },
    ],
    true,
  ],
  [[null], true],
])("[PV4] segments %j: words are heard: %s", async (segments, understood) => {
  const { upstream } = await openPair({
    transcriptions: [
      { text: "Go on.", words: [{ word: "Go", start: 0, end: 1 }], segments: segments as object[] },
    ],
  });
  const transcriber = openaiTranscriber({ upstream, wordTimes: true });
  const events = await all(
    transcriber.transcribe(pieces(speech.pcm), { rate: speech.rate, language: "en-US", signal }),
  );
  expect(events.at(-1)).toMatchObject({ transcript: { text: understood ? "Go on." : "", understood } });
  expect(
    events.at(-1)?.type === "final" && "words" in (events.at(-1) as { transcript: object }).transcript,
  ).toBe(understood);
});
