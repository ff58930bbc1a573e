import { readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StageError } from "../../../src/lib/errors.ts";
import type { Reading } from "../../../src/ports/reading.ts";
import type {
  PauseListener,
  TranscribeOptions,
  Transcript,
  TranscriptEvent,
} from "../../../src/ports/transcriber.ts";
import type { InstalledModel } from "../../../src/providers/local/models/installed-models.ts";
import { type LocalTranscriber, localTranscriber } from "../../../src/providers/local/transcriber.ts";
import { scriptedTranscriber } from "../../../src/providers/scripted/transcriber.ts";
import { collect } from "../../collect.ts";
import type { Tone } from "../../support/tiny-models/tiny-models.ts";
import {
  writeStreamingRecogniser,
  writeVoice,
  writeWholeRecogniser,
} from "../../support/tiny-models/tiny-models.ts";
import { tinyModels } from "../../support/tiny-models/tiny-models-folder.ts";
import { writeChinesePunctuation, writePunctuation } from "../../support/tiny-models/tiny-punctuation.ts";
import { transcriberContract } from "../transcriber-contract.ts";
import { inChunks, toneSpeech } from "./tone-speech.ts";

const RATE = 24_000;
const models = tinyModels();
afterAll(() => models.remove());

const optionsWith = (more: Partial<TranscribeOptions> = {}): TranscribeOptions => ({
  rate: RATE,
  language: "en-US",
  signal: new AbortController().signal,
  ...more,
});
const hear = (transcriber: LocalTranscriber, said: readonly Tone[], more?: Partial<TranscribeOptions>) =>
  collect(transcriber.transcribe(inChunks(toneSpeech(said, RATE), 2_400), optionsWith(more)));
const finalOf = (events: readonly TranscriptEvent[]) => {
  const last = events.at(-1);
  return last?.type === "final" ? last.transcript : undefined;
};

/** Opens a transcriber of the model for as long as `use` takes. */
async function withTranscriber(
  model: InstalledModel,
  use: (transcriber: LocalTranscriber) => Promise<void>,
): Promise<void> {
  const transcriber = localTranscriber({ models: [model], cores: 1 });
  try {
    await use(transcriber);
  } finally {
    await transcriber.close();
  }
}

describe.each(["streaming", "whole"] as const)("a local recogniser of kind %s", (kind) => {
  let transcriber: LocalTranscriber;
  beforeAll(async () => {
    transcriber = localTranscriber({ models: [await models.find(kind)], cores: 1 });
    await transcriber.open();
  });
  afterAll(() => transcriber.close());

  transcriberContract(`local ${kind}`, () => ({ transcriber }));

  test("[LM1] hears what is said, with the times of its words", async () => {
    const transcript = finalOf(await hear(transcriber, ["low", "high", "mid"]));
    expect(transcript).toMatchObject({ text: "low high mid", understood: true });
    const starts = transcript?.words?.map((word) => word.startMs) ?? [];
    expect(starts).toHaveLength(3);
    for (const [i, expected] of [200, 700, 1200].entries())
      expect(Math.abs((starts[i] as number) - expected)).toBeLessThan(120);
  });

  test("[LM1] silence is no words", async () => {
    expect(finalOf(await hear(transcriber, []))).toMatchObject({ text: "", understood: false });
  });

  test("[LM3] 50 talkers at once are each heard, and none is mixed up with another", async () => {
    const names: readonly Tone[] = ["low", "mid", "high"];
    const said = Array.from({ length: 50 }, (_, i) => [names[i % 3]!, names[(i + 1) % 3]!, names[i % 3]!]);
    const finals = await Promise.all(
      said.map(async (tones) => finalOf(await hear(transcriber, tones))?.text),
    );
    expect(finals).toEqual(said.map((tones) => tones.join(" ")));
  });

  test("[LM3] an aborted utterance ends at once, and its neighbour is heard", async () => {
    const stop = new AbortController();
    const events = transcriber
      .transcribe(endless(), optionsWith({ signal: stop.signal }))
      [Symbol.asyncIterator]();
    const waiting = events.next().then(() => events.next());
    const neighbour = hear(transcriber, ["mid"]);
    stop.abort("barge in");
    await expect(waiting).rejects.toBe("barge in");
    expect(finalOf(await neighbour)?.text).toBe("mid");
  });

  test("[LM3] utterances beyond the limit are refused as rate limited, and those within it are heard", async () => {
    const said = toneSpeech(["low"], RATE);
    const calls = Array.from({ length: 300 }, () =>
      collect(transcriber.transcribe(inChunks(said, said.length), optionsWith())),
    );
    const ends = await Promise.allSettled(calls);
    const refused = ends.filter((end) => end.status === "rejected");
    expect(refused.length).toBe(300 - 256);
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ stage: "transcribe", kind: "rate_limited", retryable: true });
      expect(String((reason as StageError).cause)).toContain("256 calls are under way");
    }
    for (const end of ends) if (end.status === "fulfilled") expect(finalOf(end.value)?.text).toBe("low");
  });

  test("[LM1] what is read aloud goes to the judge of readings", async () => {
    const readings = scriptedTranscriber();
    const judged = localTranscriber({ models: [await models.find(kind)], readings, cores: 1 });
    const expectation = { kind: "reading", text: "The quick brown fox." } as const;
    try {
      const events = await hear(judged, ["low"], { expectation });
      const alone = await collect(
        readings.transcribe(inChunks(toneSpeech(["low"], RATE)), optionsWith({ expectation })),
      );
      expect(finalOf(events)).toEqual(finalOf(alone));
    } finally {
      await judged.close();
    }
  });
});

test("[LM1] a recording is heard by a model of whole utterances, where there is one", async () => {
  const both = localTranscriber({ models: [await models.find("streaming"), await models.find("whole")] });
  try {
    const typesOf = async (recorded: boolean) =>
      (await hear(both, ["low", "mid"], { recorded })).map((event) => event.type);
    expect(await typesOf(true)).toEqual(["final"]);
    expect(await typesOf(false)).toContain("partial");
  } finally {
    await both.close();
  }
});

test.each([
  ["on", true, ["correct", "correct", "substituted"], "low high mud"],
  ["off", false, ["correct", "substituted", "substituted"], "low hive mud"],
])(
  "[LM9] with a second opinion %s: a word that is called wrong, and that a model heard as written",
  async (_, secondOpinion, verdicts, text) => {
    const reading: Reading = {
      text: "Low high low.",
      words: [
        { verdict: "correct", expected: "Low", heard: "Low", score: 0.9 },
        { verdict: "substituted", expected: "high", heard: "hive", score: 0.4, startMs: 700, endMs: 1000 },
        { verdict: "substituted", expected: "low", heard: "mud", score: 0.3 },
      ],
      accuracy: 1 / 3,
    };
    const readings = scriptedTranscriber([{ text: "low hive mud", reading }]);
    const transcriber = localTranscriber({ models: [await models.find("whole")], readings, secondOpinion });
    try {
      const expectation = { kind: "reading", text: reading.text } as const;
      const transcript = finalOf(await hear(transcriber, ["low", "high", "mid"], { expectation }));
      expect(transcript?.reading?.words.map((word) => word.verdict)).toEqual(verdicts);
      expect(transcript?.text.toLowerCase()).toBe(text);
      // A model that is not asked is not loaded.
      expect(transcriber.processes()).toHaveLength(secondOpinion ? 1 : 0);
    } finally {
      await transcriber.close();
    }
  },
);

describe.each(["streaming", "whole"] as const)(
  "a recogniser of kind %s that gives neither marks nor casing",
  (kind) => {
    test.each([
      ["of marks and casing", writePunctuation],
      ["of marks alone", writeChinesePunctuation],
    ])("[LM8] has its text punctuated by a model %s, and its words with it", async (name, write) => {
      const folder = `${kind} ${name}`;
      write(join(models.folder, folder));
      const transcriber = localTranscriber({
        models: [await models.find(kind)],
        punctuation: [await models.find(folder)],
        cores: 1,
      });
      try {
        const events = await hear(transcriber, ["low", "high", "mid"]);
        const { text, words } = finalOf(events) as Transcript;
        expect(text).toBe("Low high, mid.");
        expect(words?.map((word) => word.text)).toEqual(["Low", "high,", "mid."]);
        for (const event of events) if (event.type === "partial") expect(event.text).not.toMatch(/[,.]/);
      } finally {
        await transcriber.close();
      }
    });

    test("[LM8] keeps its text in a language that no model of punctuation is for", async () => {
      writePunctuation(join(models.folder, "marks-fr"));
      const transcriber = localTranscriber({
        models: [await models.find(kind)],
        punctuation: [await models.find("marks-fr")],
        cores: 1,
      });
      try {
        expect(finalOf(await hear(transcriber, ["low", "mid"]))?.text).toBe("low mid");
        const french = await hear(transcriber, ["low", "mid"], { language: "fr-FR" });
        expect(finalOf(french)?.text).toBe("Low mid.");
      } finally {
        await transcriber.close();
      }
    });
  },
);

test.skipIf(process.platform !== "linux")(
  "[LM3] a model computes with as many threads as there are cores for it, four at most",
  async () => {
    const threadsWith = async (cores: number) => {
      const transcriber = localTranscriber({ models: [await models.find("whole")], cores });
      try {
        await transcriber.open();
        const [id] = transcriber.processes();
        return readdirSync(`/proc/${id}/task`).length;
      } finally {
        await transcriber.close();
      }
    };
    const one = await threadsWith(1);
    expect(await threadsWith(2)).toBe(one + 1);
    expect(await threadsWith(4)).toBe(one + 3);
    expect(await threadsWith(8)).toBe(one + 3);
  },
);

async function* endless(): AsyncGenerator<Int16Array> {
  yield toneSpeech(["low"], RATE);
  await new Promise(() => {});
}

test("[LM1] a streaming recogniser tells the words while they are said", async () => {
  await withTranscriber(await models.find("streaming"), async (transcriber) => {
    expect(transcriber.streams).toBe(true);
    const said = toneSpeech(["low", "high"], RATE);
    const partials: string[] = [];
    async function* paced() {
      yield said.slice(0, said.length / 2);
      // More audio comes only once the first word was told.
      while (partials.length === 0) await new Promise((resolve) => setImmediate(resolve));
      yield said.slice(said.length / 2);
    }
    for await (const event of transcriber.transcribe(paced(), optionsWith()))
      if (event.type === "partial") partials.push(event.text);
    expect(partials).toEqual(["low", "low high"]);
  });
});

test("[LM2] a pause has a whole utterance transcribed ahead; the final is that transcript", async () => {
  await withTranscriber(await models.find("whole"), async (transcriber) => {
    let listener: PauseListener | undefined;
    const said = toneSpeech(["low", "high"], RATE);
    const ahead = Promise.withResolvers<void>();
    async function* audio() {
      yield said;
      listener?.paused(said.length);
      await ahead.promise;
      yield new Int16Array(RATE / 2);
    }
    const pauses = {
      subscribe: (each: PauseListener) => {
        listener = each;
      },
    };
    const events: TranscriptEvent[] = [];
    for await (const event of transcriber.transcribe(audio(), optionsWith({ pauses }))) {
      events.push(event);
      if (event.type === "preemptive") ahead.resolve();
    }
    expect(events.map((event) => event.type)).toEqual(["preemptive", "final"]);
    const [first, last] = events as [TranscriptEvent, TranscriptEvent];
    expect(first).toMatchObject({ samples: said.length, transcript: { text: "low high" } });
    expect(finalOf([last])).toEqual(first.type === "preemptive" ? first.transcript : undefined);
  });
});

test("[LM2] speech that goes on after a pause is in the final", async () => {
  await withTranscriber(await models.find("whole"), async (transcriber) => {
    let listener: PauseListener | undefined;
    const first = toneSpeech(["low"], RATE);
    async function* audio() {
      yield first;
      listener?.paused(first.length);
      listener?.resumed();
      yield toneSpeech(["high"], RATE);
    }
    const pauses = {
      subscribe: (each: PauseListener) => {
        listener = each;
      },
    };
    const events = await collect(transcriber.transcribe(audio(), optionsWith({ pauses })));
    expect(finalOf(events)?.text).toBe("low high");
  });
});

test("[LM1] the model is chosen by the language, and a language that none is for is refused", async () => {
  writeStreamingRecogniser(join(models.folder, "tones-en"));
  writeWholeRecogniser(join(models.folder, "tones-fr"));
  const transcriber = localTranscriber({
    models: [await models.find("tones-en"), await models.find("tones-fr")],
  });
  try {
    expect((await hear(transcriber, ["mid"], { language: "en-GB" })).map((event) => event.type)).toContain(
      "partial",
    );
    expect((await hear(transcriber, ["mid"], { language: "fr-FR" })).map((event) => event.type)).toEqual([
      "final",
    ]);
    await expect(hear(transcriber, ["mid"], { language: "de-DE" })).rejects.toMatchObject({
      stage: "transcribe",
      kind: "unsupported",
    });
  } finally {
    await transcriber.close();
  }
});

describe("a model in trouble", () => {
  test.each([
    ["cut short", (folder: string) => truncateSync(join(folder, "model.onnx"), 900)],
    [
      "of other contents",
      (folder: string) => writeFileSync(join(folder, "model.onnx"), Buffer.alloc(4_000, 7)),
    ],
    ["of another kind", (folder: string) => writeVoice(folder)],
    ["gone", (folder: string) => writeFileSync(join(folder, "tokens.txt"), "")],
  ])("[LM4] whose file is %s fails with the reason, and the server lives", async (_, damage) => {
    const folder = join(models.folder, "damaged");
    writeWholeRecogniser(folder);
    const model = await models.find("damaged");
    damage(folder);
    await withTranscriber(model, async (transcriber) => {
      const error = await transcriber.open().catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(StageError);
      expect(error).toMatchObject({ stage: "transcribe", kind: "unavailable" });
      expect(String((error as StageError).cause)).toMatch(/the model damaged: \S+/);
      await expect(hear(transcriber, ["low"])).rejects.toBe(error);
    });
  });

  test("[LM4] whose process is killed fails the calls under way, and the next call starts another", async () => {
    await withTranscriber(await models.find("streaming"), async (transcriber) => {
      await transcriber.open();
      const waiting = collect(transcriber.transcribe(endless(), optionsWith()));
      await hear(transcriber, ["low"]);
      process.kill(transcriber.processes()[0] as number, "SIGKILL");
      await expect(waiting).rejects.toMatchObject({ kind: "unavailable", retryable: true });
      expect(finalOf(await hear(transcriber, ["high"]))?.text).toBe("high");
    });
  });

  test("[LM4] that is removed under talk goes on until its process ends, then fails with the reason", async () => {
    const folder = join(models.folder, "removed");
    writeStreamingRecogniser(folder);
    await withTranscriber(await models.find("removed"), async (transcriber) => {
      await transcriber.open();
      rmSync(folder, { recursive: true });
      expect(finalOf(await hear(transcriber, ["low"]))?.text).toBe("low");
      process.kill(transcriber.processes()[0] as number, "SIGKILL");
      await expect(hear(transcriber, ["low"])).rejects.toMatchObject({ kind: "unavailable" });
      await expect(hear(transcriber, ["low"])).rejects.toMatchObject({ kind: "unavailable" });
    });
  });
});
