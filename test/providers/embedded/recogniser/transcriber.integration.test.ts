import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StageError } from "../../../../src/lib/errors.ts";
import { readWav } from "../../../../src/pipeline/audio/wav.ts";
import type { TranscribeOptions, Transcript, TranscriptEvent } from "../../../../src/ports/transcriber.ts";
import {
  type EmbeddedTranscriber,
  openEmbeddedTranscriber,
} from "../../../../src/providers/embedded/recogniser/transcriber.ts";
import { transcriberContract } from "../../transcriber-contract.ts";

const FOX = "The quick brown fox jumps over the lazy dog.";
let transcriber: EmbeddedTranscriber;
beforeAll(async () => {
  transcriber = await openEmbeddedTranscriber({ threads: 2 });
});
afterAll(() => transcriber.close());

transcriberContract("embedded", () => ({ transcriber }));

const recording = (name: string) =>
  readWav(readFileSync(new URL(`../../../fixtures/speech/${name}.wav`, import.meta.url)));
/** The first so many seconds of a recording. */
const beginning = (name: string, seconds: number) => {
  const { rate, pcm } = recording(name);
  return { rate, pcm: pcm.slice(0, seconds * rate) };
};

transcriberContract("embedded, free speech", () => ({ transcriber }), {}, beginning("overwhelmed-slt", 1.5));

async function* inChunks(pcm: Int16Array, size = 480): AsyncGenerator<Int16Array> {
  for (let at = 0; at < pcm.length; at += size) yield pcm.slice(at, at + size);
}

async function eventsOf(
  audio: AsyncIterable<Int16Array>,
  text?: string,
  more: Partial<TranscribeOptions> = {},
): Promise<TranscriptEvent[]> {
  const events: TranscriptEvent[] = [];
  const options: TranscribeOptions = {
    rate: 24_000,
    language: "en-US",
    ...(text !== undefined && { expectation: { kind: "reading", text } }),
    signal: new AbortController().signal,
    ...more,
  };
  for await (const event of transcriber.transcribe(audio, options)) events.push(event);
  return events;
}

async function heard(pcm: Int16Array, text?: string, more?: Partial<TranscribeOptions>): Promise<Transcript> {
  const last = (await eventsOf(inChunks(pcm), text, more)).at(-1);
  if (last?.type !== "final") throw new Error("no final");
  return last.transcript;
}

const alone = new Map<string, Promise<Transcript>>();
/** What is heard of a recording in which nothing is expected; each is heard once. */
const heardFreely = (name: string) =>
  alone.get(name) ?? alone.set(name, heard(recording(name).pcm)).get(name)!;

const read = (name: string, text = FOX) => heard(recording(name).pcm, text);
/** Everything that is not a word read as it is written. */
const slips = ({ reading }: Transcript) =>
  reading?.words
    .filter((word) => word.verdict !== "correct")
    .map(({ verdict, expected, heard }) => [verdict, expected, heard].filter(Boolean).join(" "));

describe("a sentence read aloud", () => {
  test("read right: every word correct, scored and timed in order", async () => {
    const transcript = await read("fox-slt");
    expect(transcript.understood).toBe(true);
    expect(transcript.text).toBe("The quick brown fox jumps over the lazy dog");
    expect(transcript.reading?.accuracy).toBe(1);
    const words = transcript.reading?.words ?? [];
    expect(words.map((word) => word.expected)).toEqual(FOX.replace(".", "").split(" "));
    let at = 0;
    for (const word of words) {
      expect(word.verdict).toBe("correct");
      expect(word.score).toBeGreaterThan(0.7);
      expect(word.startMs).toBeGreaterThanOrEqual(at);
      expect(word.endMs).toBeGreaterThan(word.startMs as number);
      at = word.endMs as number;
      expect(word.phones?.[0]?.startMs).toBe(word.startMs);
      expect(word.phones?.at(-1)?.endMs).toBe(word.endMs);
    }
    expect(words[3]?.phones?.map((phone) => phone.phone)).toEqual(["F", "AA", "K", "S"]);
    expect(at).toBeLessThan(2970);
  });

  test("three words misread: exactly these, and what was heard instead", async () => {
    const transcript = await read("fox-misread-slt");
    expect(slips(transcript)).toEqual([
      "substituted fox box",
      "substituted lazy crazy",
      "substituted dog log",
    ]);
    expect(transcript.text).toBe("The quick brown box jumps over the crazy log");
    expect(transcript.reading?.accuracy).toBeCloseTo(6 / 9);
  });

  test("two words left out: exactly these", async () => {
    expect(slips(await read("fox-omitted-rms"))).toEqual(["omitted brown", "omitted lazy"]);
  });

  test.each(["fox-fast-rms", "fox-slow-rms"])("%s: at most one word flagged", async (name) => {
    const transcript = await read(name);
    expect(transcript.understood).toBe(true);
    expect(slips(transcript)?.length).toBeLessThanOrEqual(1);
  });

  test("case, punctuation and dashes of the text do not matter; words are reported as written", async () => {
    const transcript = await read("fox-slt", "“THE quick, brown Fox” — jumps over... the lazy dog!");
    expect(slips(transcript)).toEqual([]);
    expect(transcript.reading?.words.map((word) => word.expected).join(" ")).toBe(
      "THE quick brown Fox jumps over the lazy dog",
    );
  });

  test("a word that no dictionary has is expected as it is spelled", async () => {
    const transcript = await read("fox-slt", "The kwick broun fox jumps over the lazy dog.");
    expect(transcript.understood).toBe(true);
    expect(transcript.reading?.words[1]).toMatchObject({ expected: "kwick", verdict: "correct" });
  });

  test.each(["goal-rms", "overwhelmed-slt", "overwhelmed-noisy-slt", "pause-1200ms-rms", "mhm-slt"])(
    "%s, something else entirely: not understood, nothing claimed",
    async (name) => {
      expect(await read(name)).toEqual({ text: "", understood: false });
    },
  );

  test("the same at every rate", async () => {
    const { pcm } = recording("fox-omitted-rms");
    // Every sample twice is the same sound at twice the rate, for all that matters to speech.
    const doubled = Int16Array.from({ length: pcm.length * 2 }, (_, i) => pcm[i >> 1] as number);
    expect(slips(await heard(doubled, FOX, { rate: 48_000 }))).toEqual(["omitted brown", "omitted lazy"]);
  });

  test("words show while the reading goes on", async () => {
    const { pcm } = recording("fox-slow-rms");
    const partials: string[] = [];
    let shown = () => {};
    const firstPartial = new Promise<void>((resolve) => {
      shown = resolve;
    });
    // The second half of the audio comes only once words of the first are shown.
    async function* slowly() {
      const half = Math.floor(pcm.length / 2);
      yield* inChunks(pcm.subarray(0, half), 6000);
      await firstPartial;
      yield* inChunks(pcm.subarray(half), 6000);
    }
    const options: TranscribeOptions = {
      rate: 24_000,
      language: "en-US",
      expectation: { kind: "reading", text: FOX },
      signal: new AbortController().signal,
    };
    for await (const event of transcriber.transcribe(slowly(), options))
      if (event.type === "partial") {
        partials.push(event.text);
        shown();
      }
    expect(partials[0]).toContain("The quick");
    for (const partial of partials) expect(FOX.startsWith(partial)).toBe(true);
  });
});

test("[DR12] one word of a pair: which of the two it was, and no partial that gives it away", async () => {
  const rival = { expectation: { kind: "reading", text: "lice", rival: "rice" } } as const;
  const events = await eventsOf(inChunks(recording("rice-slt").pcm), undefined, rival);
  expect(events).toMatchObject([{ type: "final", transcript: { text: "rice", understood: true } }]);
  const spotted = await heard(recording("yes-wrap-up-awb").pcm, undefined, rival);
  expect(spotted.command).toBe("wrap_up");
});

describe("commands and free speech", () => {
  test("a wish to wrap up is heard, with and without a sentence to read", async () => {
    for (const transcript of [await heardFreely("yes-wrap-up-awb"), await read("yes-wrap-up-awb")])
      expect(transcript).toMatchObject({ command: "wrap_up", understood: true });
  });

  test("[FS3] a murmur is no command and is not understood", async () => {
    expect(await heard(recording("mhm-slt").pcm)).toEqual({ text: "", understood: false });
  });

  test("[FS3] a command said alone stays a command, and French free speech is not understood", async () => {
    expect(await heardFreely("yes-wrap-up-awb")).not.toHaveProperty("words");
    const french = await heard(beginning("goal-rms", 2).pcm, undefined, { language: "fr-FR" });
    expect(french).toEqual({ text: "", understood: false });
  });

  test.each(["silence-3s", "noise-pink-3s", "tone-220hz-2s"])("[FS2] %s holds nothing", async (name) => {
    for (const text of [undefined, FOX])
      expect(await heard(beginning(name, 1.5).pcm, text)).toEqual({ text: "", understood: false });
  });

  test("a blink of audio holds nothing", async () => {
    for (const ms of [1, 20, 99, 120])
      expect(await heard(recording("fox-slt").pcm.slice(0, ms * 24), FOX)).toEqual({
        text: "",
        understood: false,
      });
  });
});

const plain = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z' ]/g, "")
    .split(" ");

describe("free speech", () => {
  test.each([
    ["overwhelmed-slt", "I feel overwhelmed with work and I do not know where to start", 2],
    ["goal-rms", "By the end of today I would like to have one clear next step", 2],
  ])(
    "[FS1][FS2] %s: most words right and in time; what is wrong is told as doubtful",
    async (name, said, wrong) => {
      const { pcm, rate } = recording(name);
      const { text, understood, words = [], ...rest } = await heardFreely(name);
      expect([understood, rest]).toEqual([true, {}]);
      expect(text).toBe(words.map((word) => word.text).join(" "));
      const left = plain(said);
      const missing = plain(text).filter((word) => !left.includes(word));
      expect(missing.length).toBeLessThanOrEqual(wrong);
      for (const { text, confidence, doubtful } of words) {
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(1);
        if (!doubtful) expect(left).toContain(text.toLowerCase());
      }
      expect(words.filter(({ doubtful }) => !doubtful).length).toBeGreaterThan(words.length / 2);
      const times = words.flatMap(({ startMs, endMs }) => [startMs, endMs]);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times.at(-1)).toBeLessThanOrEqual((1000 * pcm.length) / rate + 30);
    },
  );

  test("[FS1] words come while one speaks", async () => {
    const { pcm } = recording("overwhelmed-slt");
    const abort = new AbortController();
    const unfinished = (async function* () {
      yield* inChunks(pcm.subarray(0, 60_000));
      await new Promise(() => {});
    })();
    const options = { rate: 24_000, language: "en-US", signal: abort.signal };
    let said = "";
    for await (const event of transcriber.transcribe(unfinished, options)) {
      expect(event.type).toBe("partial");
      if (event.type === "partial") said = event.text;
      if (said.includes("overwhelmed")) break;
    }
    expect(said).toContain("I feel overwhelmed");
    abort.abort();
  });

  test("[FS1] two at once are heard as each alone", async () => {
    const names = ["overwhelmed-slt", "goal-rms"];
    const expected: Transcript[] = [];
    for (const name of names) expected.push(await heardFreely(name));
    expect(await Promise.all(names.map((name) => heard(recording(name).pcm)))).toEqual(expected);
  });

  test("[FS1] an abort ends it at once, and the next is heard", async () => {
    const abort = new AbortController();
    const endless = (async function* () {
      yield recording("goal-rms").pcm;
      abort.abort(new Error("enough"));
      await new Promise(() => {});
    })();
    await expect(eventsOf(endless, undefined, { signal: abort.signal })).rejects.toThrow("enough");
    expect((await heard(beginning("overwhelmed-slt", 2).pcm)).understood).toBe(true);
  });
});

describe("when things go wrong", () => {
  test("a language without a model is refused", async () => {
    const failure = await heard(recording("fox-slt").pcm, FOX, { language: "de-DE" }).catch((error) => error);
    expect(failure).toBeInstanceOf(StageError);
    expect(failure).toMatchObject({ stage: "transcribe", kind: "unsupported" });
  });

  test("noise of any length and loudness is never an error", async () => {
    let state = 1;
    const random = () => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state / 0x7fffffff;
    };
    for (let i = 0; i < 12; i++) {
      const loudness = 40_000 * random();
      const pcm = Int16Array.from({ length: Math.floor(random() * 9000) }, () => (random() - 0.5) * loudness);
      expect((await heard(pcm, i % 2 ? FOX : undefined)).understood).toBe(false);
    }
  });

  test("a thread that dies or breaks fails its own utterance; the next is heard", async () => {
    const worker = new URL("./failing-worker.ts", import.meta.url).href;
    const fragile = await openEmbeddedTranscriber({ threads: 1, worker });
    const hear = async (text: string) => {
      const options: TranscribeOptions = {
        rate: 24_000,
        language: "en",
        expectation: { kind: "reading", text },
        signal: new AbortController().signal,
      };
      let final: Transcript | undefined;
      for await (const event of fragile.transcribe(inChunks(new Int16Array(24_000)), options))
        if (event.type === "final") final = event.transcript;
      return final;
    };
    try {
      for (const trouble of ["die", "break", "die"]) {
        const failure = await hear(trouble).catch((error) => error);
        expect(failure).toBeInstanceOf(StageError);
        expect(failure).toMatchObject({ kind: "unavailable", retryable: true });
        expect(failure.message).not.toContain("own words");
        expect((await hear("again"))?.text).toBe("again");
      }
    } finally {
      await fragile.close();
    }
  });

  test("aborted while it is judged: the signal's reason, and the ears hear on", async () => {
    const abort = new AbortController();
    const reason = new Error("client gone");
    const hearing = heard(recording("fox-slow-rms").pcm, FOX, { signal: abort.signal });
    setImmediate(() => abort.abort(reason));
    await expect(hearing).rejects.toBe(reason);
    expect((await read("fox-slt")).understood).toBe(true);
  });
});

describe("other readings", () => {
  test("a longer text is judged part by part, its times counted on", async () => {
    const { pcm } = recording("fox-slt");
    const twice = new Int16Array(pcm.length * 2);
    twice.set(pcm);
    twice.set(pcm, pcm.length);
    const long = await heard(twice, `${FOX} ${FOX}`);
    expect(slips(long)).toEqual([]);
    expect(long.reading?.words).toHaveLength(18);
    expect(long.reading?.words[9]?.startMs).toBeGreaterThan(2700);
  });

  test("stopped in the middle: the rest is left out", async () => {
    const { pcm } = recording("fox-slt");
    const transcript = await heard(pcm.slice(0, pcm.length / 2), FOX);
    expect(transcript.understood).toBe(true);
    const verdicts = transcript.reading?.words.map((word) => word.verdict) ?? [];
    expect(verdicts.slice(0, 4)).toEqual(["correct", "correct", "correct", "correct"]);
    expect(verdicts.slice(4)).not.toContain("correct");
    expect(verdicts.slice(4)).toContain("omitted");
  });
});

describe("[DR17] what is too poor to judge", () => {
  const samples = (name: string) => Float64Array.from(recording(name).pcm);
  const level = (of: Float64Array) => Math.sqrt(of.reduce((sum, v) => sum + v * v, 0) / of.length);
  /** The sentence with the room around it, and `behind` it all the time, `below` dB quieter. */
  const mixed = (behind: Float64Array, below: number) => {
    const speech = samples("fox-slt");
    const gain = (level(speech) / level(behind)) * 10 ** (-below / 20);
    const around = 12_000;
    return Int16Array.from(
      { length: speech.length + 2 * around },
      (_, i) => (speech[i - around] ?? 0) + gain * (behind[i % behind.length] as number),
    );
  };
  const scaled = (gain: number) =>
    Int16Array.from(samples("fox-slt"), (v) => Math.max(-32_768, Math.min(32_767, Math.round(v * gain))));

  test.each([
    ["noise", () => mixed(samples("noise-pink-3s"), 4)],
    ["second_voice", () => mixed(samples("goal-rms"), 14)],
    ["clipping", () => scaled(8)],
    ["too_quiet", () => scaled(1 / 400)],
  ] as const)("%s: told as such, and no word is called wrong", async (unjudgeable, audio) => {
    expect(await heard(audio(), FOX)).toEqual({ text: "", understood: false, unjudgeable });
  });

  test.each([
    ["some noise", () => mixed(samples("noise-pink-3s"), 20)],
    ["a quiet voice", () => scaled(1 / 40)],
  ] as const)("%s is judged", async (_, audio) => {
    const transcript = await heard(audio(), FOX);
    expect(transcript.unjudgeable).toBeUndefined();
    expect(slips(transcript)).toEqual([]);
  });
});

describe("one speaker over a session", () => {
  const OTHER = "I feel overwhelmed with work, and I do not know where to start.";
  const scoreOf = ({ reading }: Transcript) =>
    (reading?.words ?? []).reduce((sum, { score = 0 }) => sum + score, 0) / (reading?.words.length ?? 1);
  const readOn = async (speaker: object, name: string, text = FOX) =>
    heard(recording(name).pcm, text, { speaker });

  test("is known after three readings, from then on fits better, and is nobody else", async () => {
    const speaker = {};
    const stranger = scoreOf(await readOn(speaker, "fox-slt"));
    await readOn(speaker, "overwhelmed-slt", OTHER);
    expect(scoreOf(await readOn(speaker, "fox-slt"))).toBe(stranger);
    expect(scoreOf(await readOn(speaker, "fox-slt"))).toBeGreaterThan(stranger);
    expect(scoreOf(await readOn({}, "fox-slt"))).toBe(stranger);
  });

  test("a slip is found however often it is made", async () => {
    const speaker = {};
    for (let i = 0; i < 3; i++) {
      await readOn(speaker, "overwhelmed-slt", OTHER);
      const { reading } = await readOn(speaker, "fox-misread-slt");
      const wrong = reading?.words.filter(({ verdict }) => verdict !== "correct");
      expect(wrong?.map(({ expected }) => expected)).toEqual(["fox", "lazy", "dog"]);
    }
  });
});
