/**
 * LiveKit's agents with its plugin for the Realtime protocol, unchanged. The packages bring 290 MB along, so they are no
 * dependency of this one: LIVEKIT_FOLDER names a folder that they are installed in, and the tests are skipped without.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { ReadableStream, type ReadableStreamDefaultController } from "node:stream/web";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  type ClientStage,
  firstTurn,
  HEARD,
  openClientStage,
  piecesOf,
  STORY,
  secondTurn,
  WEATHER,
} from "./client-stage.ts";

const { LIVEKIT_FOLDER: folder } = process.env;

// biome-ignore lint/suspicious/noExplicitAny: the packages, and so their types, are not there where this is checked
type Untyped = any;

function packages(): { agents: Untyped; openai: Untyped; rtc: Untyped } {
  const load = createRequire(join(folder ?? "", "package.json"));
  const agents = load("@livekit/agents");
  agents.initializeLogger({ pretty: false, level: "silent" });
  return { agents, openai: load("@livekit/agents-plugin-openai"), rtc: load("@livekit/rtc-node") };
}

/** A microphone and a speaker in place of a room's. The speaker plays to the end unless it is told how far it has come. */
function audioOf({ agents, rtc }: Untyped) {
  const { AudioInput, AudioOutput } = agents.voice;
  let into: ReadableStreamDefaultController<unknown>;
  const stream = new ReadableStream({
    start(controller) {
      into = controller;
    },
  });
  const begun = Promise.withResolvers<void>();
  class Microphone extends AudioInput {
    constructor() {
      super();
      this.multiStream.addInputStream(stream);
    }
  }
  class Speaker extends AudioOutput {
    constructor() {
      super(24_000, undefined, { pause: false });
    }
    sampleCount = 0;
    playsFor: number | undefined;
    async captureFrame(frame: Untyped) {
      if (!this._capturing) this.sampleCount = 0;
      await super.captureFrame(frame);
      if (this.sampleCount === 0) this.onPlaybackStarted(Date.now());
      this.sampleCount += frame.samplesPerChannel;
      if (this.sampleCount >= 48_000) begun.resolve();
    }
    flush() {
      super.flush();
      if (this.playsFor === undefined) this.finish(this.sampleCount / 24_000, false);
    }
    clearBuffer() {
      this.finish(this.playsFor, true);
    }
    finish(playbackPosition: number | undefined, wasCut: boolean) {
      if (this.pendingPlayoutSegments > 0)
        this.onPlaybackFinished({ playbackPosition: playbackPosition ?? 0, interrupted: wasCut });
    }
  }
  const speak = (turn: Buffer) => {
    for (const piece of piecesOf(turn)) {
      const pcm = new Int16Array(new Uint8Array(piece).buffer);
      into.enqueue(new rtc.AudioFrame(pcm, 24_000, 1, pcm.length));
    }
  };
  const speaker = new Speaker();
  return { microphone: new Microphone(), speaker, speak, begun: begun.promise };
}

describe.skipIf(!folder)(
  "LiveKit's realtime model (skipped unless LIVEKIT_FOLDER names a folder with @livekit/agents and its plugin for OpenAI)",
  () => {
    let stage: ClientStage;
    let livekit: ReturnType<typeof packages>;
    beforeAll(async () => {
      livekit = packages();
      stage = await openClientStage();
    });
    const closers: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closers.splice(0)) await close();
    });
    afterAll(() => stage?.close());

    async function talk(tools: object, playsFor?: number) {
      const { agents, openai } = livekit;
      const llm = new openai.realtime.RealtimeModel({ apiKey: "any", baseURL: stage.url });
      const session = new agents.voice.AgentSession({ llm, vad: null, aecWarmupDuration: null });
      const audio = audioOf(livekit);
      audio.speaker.playsFor = playsFor;
      session.input.audio = audio.microphone;
      session.output.audio = audio.speaker;
      const errors: unknown[] = [];
      const heard: string[] = [];
      const items: Untyped[] = [];
      const waiting = new Set<() => void>();
      session.on("error", ({ error }: Untyped) => errors.push(error));
      session.on("user_input_transcribed", (event: Untyped) => event.isFinal && heard.push(event.transcript));
      session.on("conversation_item_added", ({ item }: Untyped) => {
        items.push(item);
        for (const look of waiting) look();
      });
      const said = (fits: (item: Untyped) => boolean) =>
        new Promise<Untyped>((resolve) => {
          const look = () => {
            const found = items.find((item) => item.role === "assistant" && fits(item));
            if (found) resolve(found);
          };
          waiting.add(look);
          look();
        });
      closers.push(() => session.close());
      await session.start({ agent: new agents.voice.Agent({ instructions: "Be brief.", tools }) });
      return { errors, heard, said, ...audio };
    }

    test("[R5] holds a spoken turn with a function's round trip", async () => {
      const asked: string[] = [];
      const get_weather = livekit.agents.llm.tool({
        name: "get_weather",
        description: "The weather of a city.",
        parameters: z.object({ city: z.string() }),
        execute: async ({ city }: { city: string }) => {
          asked.push(city);
          return "rain";
        },
      });
      const { errors, heard, said, speak } = await talk([get_weather]);
      speak(firstTurn());
      await said(({ textContent }) => textContent?.includes(WEATHER));
      expect(asked).toEqual(["Oslo"]);
      expect(heard).toEqual([HEARD]);
      expect(errors).toEqual([]);
    });

    test("[TX1] the plugin's transcriber holds a transcription session: speech told, words final", async () => {
      const { openai, rtc } = livekit;
      const before = stage.requests;
      const stt = new openai.STT({ apiKey: "any", baseURL: stage.url, model: "gpt-4o-transcribe" });
      const stream = stt.stream();
      closers.push(async () => stream.close());
      for (const piece of piecesOf(firstTurn())) {
        const pcm = new Int16Array(new Uint8Array(piece).buffer);
        stream.pushFrame(new rtc.AudioFrame(pcm, 24_000, 1, pcm.length));
      }
      const { START_OF_SPEECH, END_OF_SPEECH, FINAL_TRANSCRIPT } = livekit.agents.stt.SpeechEventType;
      const types: number[] = [];
      for await (const { type, alternatives } of stream) {
        types.push(type);
        if (type !== FINAL_TRANSCRIPT) continue;
        expect(alternatives[0].text).toBe(HEARD);
        break;
      }
      expect(types).toEqual(expect.arrayContaining([START_OF_SPEECH, END_OF_SPEECH]));
      expect(stage.requests).toBe(before);
    });

    test("[B1][B4] speech over a reply interrupts it, and the conversation keeps what was played", async () => {
      const { errors, speak, begun, said: answered } = await talk([], 1.5);
      speak(firstTurn());
      await begun;
      speak(secondTurn().subarray(0, 48_000));
      await answered(({ interrupted }) => interrupted);
      speak(secondTurn().subarray(48_000));
      const [said = "", ...more] = await stage.spokenBeforeSecondTurn();
      expect(more).toEqual([]);
      expect(STORY.startsWith(`${said} `)).toBe(true);
      expect(said.split(" ").length).toBeLessThan(9);
      expect(errors).toEqual([]);
    });
  },
);
