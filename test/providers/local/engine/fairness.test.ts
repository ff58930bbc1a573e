/** Whose turn it is on a local engine, counted on recognisers and a voice that do no work: no clock has a say. */
import { describe, expect, test } from "vitest";
import type { Answer } from "../../../../src/providers/local/engine/messages.ts";
import { StreamingEngine } from "../../../../src/providers/local/engine/streaming-engine.ts";
import { TurnQueue } from "../../../../src/providers/local/engine/turn-queue.ts";
import { VoiceEngine } from "../../../../src/providers/local/engine/voice-engine.ts";
import { WholeEngine } from "../../../../src/providers/local/engine/whole-engine.ts";

const talkers = Array.from({ length: 20 }, (_, i) => i + 1);
const rate = 16_000;

/** The answers that came, and a way to wait for those of some calls. */
function collecting() {
  const answers: [number, Answer][] = [];
  const isLast = ([, answer]: [number, Answer]) => answer.type !== "text" || answer.final;
  return {
    answer: (id: number, answer: Answer) => void answers.push([id, answer]),
    ended: () => answers.filter(isLast).map(([id]) => id),
  };
}

/** A stream that counts the pieces of 1,000 samples that are left and decoded. */
class CountingStream {
  left = 0;
  decoded = 0;
  acceptWaveform({ samples }: { readonly samples: Float32Array }): void {
    this.left += Math.floor(samples.length / 1_000);
  }
  inputFinished(): void {}
}

class CountingRecogniser {
  readonly streams: CountingStream[] = [];
  /** The most that one talker with audio left was ahead of another, pieces. */
  widest = 0;
  createStream(): CountingStream {
    const stream = new CountingStream();
    this.streams.push(stream);
    return stream;
  }
  isReady(stream: CountingStream): boolean {
    return stream.left > 0;
  }
  decodeStreams(batch: readonly CountingStream[]): void {
    for (const stream of batch) {
      stream.left--;
      stream.decoded++;
    }
    const waiting = this.streams.filter(({ left }) => left > 0).map(({ decoded }) => decoded);
    this.widest = Math.max(this.widest, Math.max(...waiting, 0) - Math.min(...waiting, Infinity));
  }
  getResult(stream: CountingStream): { readonly text: string } {
    return { text: `${stream.decoded} pieces` };
  }
}

describe("a streaming engine", () => {
  const open = () => {
    const recogniser = new CountingRecogniser();
    const collected = collecting();
    const engine = new StreamingEngine(recogniser as never, collected.answer);
    const talk = (id: number, pieces: number) => {
      engine.take(id, { type: "listen", rate, punctuate: false });
      engine.take(id, { type: "audio", pcm: new Int16Array(pieces * 1_000) });
    };
    return { recogniser, engine, talk, ...collected };
  };

  test("[LM3] 20 talkers with as much audio as they like are decoded in step, however much one has", async () => {
    const { recogniser, engine, talk, ended } = open();
    for (const id of talkers) {
      talk(id, 10 * id);
      engine.take(id, { type: "end" });
    }
    await expect.poll(ended).toHaveLength(20);
    // One of the round under way, and the first talker's, who was there a piece before the others.
    expect(recogniser.widest).toBe(2);
    // Each ends when its own audio does, whoever else goes on.
    expect(ended()).toEqual(talkers);
  });

  test("[LM3] one whose call was dropped is not decoded any more", async () => {
    const { recogniser, engine, talk, ended } = open();
    talk(1, 1_000);
    engine.take(1, { type: "drop" });
    const [dropped] = recogniser.streams;
    const before = dropped?.decoded;
    talk(2, 5);
    engine.take(2, { type: "end" });
    await expect.poll(ended).toEqual([2]);
    expect(dropped?.decoded).toBe(before);
  });
});

test("[LM3] callers of whole utterances take turns: none is more than a piece ahead of another", async () => {
  const queue = new TurnQueue();
  const done = new Map(talkers.map((id) => [id, 0]));
  const ended: number[] = [];
  let widest = 0;
  for (const id of talkers)
    queue.add(id, async () => {
      const pieces = (done.get(id) as number) + 1;
      done.set(id, pieces);
      const waiting = talkers.filter((each) => !ended.includes(each)).map((each) => done.get(each) as number);
      widest = Math.max(widest, Math.max(...waiting) - Math.min(...waiting));
      if (pieces === 3 * id) ended.push(id);
      return pieces < 3 * id;
    });
  await expect.poll(() => ended).toHaveLength(20);
  expect(widest).toBe(1);
  expect(ended).toEqual(talkers);
});

test("[LM3] of a long recording whose call is dropped, no further piece is recognised", async () => {
  const collected = collecting();
  const pieces: (() => void)[] = [];
  const recogniser = {
    createStream: () => ({ acceptWaveform() {} }),
    decodeAsync: () =>
      new Promise((resolve) => pieces.push(() => resolve({ text: "said", tokens: [], timestamps: [] }))),
  };
  const engine = new WholeEngine(recogniser as never, collected.answer);
  const recording = { type: "recognise", rate, punctuate: false, pcm: new Int16Array(120 * rate) } as const;
  engine.take(1, recording);
  expect(pieces).toHaveLength(1);
  engine.take(1, { type: "drop" });
  engine.take(2, { ...recording, pcm: new Int16Array(rate) });
  pieces[0]?.();
  await expect.poll(() => pieces.length).toBe(2);
  pieces[1]?.();
  await expect.poll(collected.ended).toEqual([2]);
  expect(pieces).toHaveLength(2);
});

test("[LM3] a sentence whose call is dropped before its turn is never spoken", async () => {
  const collected = collecting();
  const spoken: string[] = [];
  const begun = Promise.withResolvers<void>();
  const voice = {
    sampleRate: rate,
    async generateAsync({ text }: { readonly text: string }) {
      spoken.push(text);
      if (text === "First.") await begun.promise;
      return { samples: new Float32Array(1_600), sampleRate: rate };
    },
  };
  const engine = new VoiceEngine(voice as never, collected.answer);
  for (const [id, text] of [
    [1, "First."],
    [2, "Second."],
    [3, "Third."],
  ] as const)
    engine.take(id, { type: "speak", text, speaker: 0, speed: 1, rate });
  engine.take(2, { type: "drop" });
  begun.resolve();
  await expect.poll(collected.ended).toEqual([1, 3]);
  expect(spoken).toEqual(["First.", "Third."]);
});
