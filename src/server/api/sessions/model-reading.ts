/** A text that was read in a session, as the coach says it: its sound, its words' places and its contour. */

import { z } from "zod";
import { StageError } from "../../../lib/errors.ts";
import { withTimeout } from "../../../lib/timeout.ts";
import { durationMs, joinPcm } from "../../../pipeline/audio/pcm.ts";
import { writeWav } from "../../../pipeline/audio/wav.ts";
import { createDeliveryMeter } from "../../../pipeline/delivery/meter.ts";
import { emphasisedWords, withoutEmphasis } from "../../../pipeline/mouth/emphasis.ts";
import type { SampleRate, TimedWord } from "../../../ports/audio.ts";
import type { SynthesizeOptions } from "../../../ports/synthesizer.ts";
import { readSnapshot } from "../../../session/persistence/snapshot.ts";
import type { SessionRecord } from "../../../store/records.ts";
import { named, sessionIdSchema } from "../../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import { messageIdSchema } from "../messages/message.ts";
import type { RestServices } from "../services.ts";
import { contourSchema, spanSchema, toContour } from "./delivery.ts";
import { ofSession, ownSession } from "./own-session.ts";

const rate: SampleRate = 24_000;
/** A text is said within this, or not at all, ms. */
const sayMs = 20_000;

const modelReadingSchema = z
  .object({
    text: z.string(),
    audio: z.base64().describe("A WAV file, mono, 16-bit PCM at 24 kHz."),
    durationMs: z.int(),
    words: z
      .array(z.object({ text: z.string(), ...spanSchema }))
      .describe("Where the voice tells when it says them; else empty."),
    contour: contourSchema.optional().describe("Absent where no pitch could be measured."),
  })
  .meta(
    named("ModelReading", {
      text: "The cat sat by the door.",
      audio: "UklGRiQAAABXQVZFZm10IBAAAAABAAEAwF0AAIC7AAACABAAZGF0YQAAAAA=",
      durationMs: 1640,
      words: [{ text: "The", startMs: 0, endMs: 90 }],
      contour: {
        startMs: 20,
        stepMs: 50,
        pitchHz: [98.2, 101.4, null],
        levelDbfs: [-24, -22, -31],
        pauses: [],
      },
    }),
  );

/** `GET /api/sessions/{id}/messages/{messageId}/model-reading`. */
export function modelReadingRoutes(app: App, services: RestServices): void {
  app.get("/api/sessions/:id/messages/:messageId/model-reading", {
    schema: {
      operationId: "getModelReading",
      tags: ["Practice"],
      summary: "What a message read, as the coach says it",
      description:
        "Of a reading of a drill: its text in the session's voice, to be heard and drawn beside the user's own. Its use of the voice counts against the user's quotas; a text that was said lately is said again for nothing.",
      params: z.object({ id: sessionIdSchema, messageId: messageIdSchema }),
      response: {
        200: dataAnswer("How the coach says it.", modelReadingSchema),
        ...failures({
          404: "There is no such session, it is somebody else's, or the message is no reading of a drill.",
          429: "The day's quota is used up.",
          503: "The voice is not available.",
        }),
      },
    },
    config: ofSession,
    handler: async (request) => {
      const principal = principalOf(request);
      const session = await ownSession(services, principal, request.params.id);
      const text = await readText(services, session.id, request.params.messageId);
      if (text === undefined)
        throw new HttpError(404, "READING_NOT_FOUND", "This message is no reading of a drill.");
      const { meter, release } = await services.limiter.spend(principal, request.ip);
      try {
        return success(
          await sayText(services, text, await voiceOf(services, session), (used) => meter.add(used)),
        );
      } finally {
        release();
      }
    },
  });
}

/** The text that was asked for when a message was read; undefined where it is no reading. */
async function readText(
  { store }: RestServices,
  sessionId: string,
  messageId: string,
): Promise<string | undefined> {
  const deliveries = await store.readDeliveries(sessionId);
  return toContour(deliveries.find(({ itemId }) => itemId === messageId)?.contour)?.reading?.text;
}

type Voice = Pick<SynthesizeOptions, "voice" | "speed" | "language">;

/** The voice that the session has, or that its persona would have. */
async function voiceOf(
  { store, personas, capabilities }: RestServices,
  { id, ownerId, persona, language }: SessionRecord,
): Promise<Voice> {
  const output = readSnapshot(await store.findSnapshot(id))?.config.audio.output;
  const names = [output?.voice, ...(personas.find(persona, ownerId)?.voices ?? [])];
  const voice = names.flatMap((name) => (name === undefined ? [] : (capabilities.findVoice(name) ?? [])))[0];
  return { voice: voice ?? capabilities.voices[0] ?? "default", speed: output?.speed ?? 1, language };
}

/** @throws StageError */
function sayText(
  { synthesizer, clock }: RestServices,
  text: string,
  voice: Voice,
  onUsage: NonNullable<SynthesizeOptions["onUsage"]>,
): Promise<z.input<typeof modelReadingSchema>> {
  const error = () => new StageError("synthesize", "timeout");
  return withTimeout({ clock, ms: sayMs, error }, async (signal) => {
    const pieces: Int16Array[] = [];
    const words: TimedWord[] = [];
    const meter = createDeliveryMeter(rate);
    // Learners ask for the same texts again and again.
    for await (const chunk of synthesizer.synthesize(withoutEmphasis(text), {
      ...voice,
      rate,
      fixed: true,
      emphasis: emphasisedWords(text),
      signal,
      onUsage,
    })) {
      pieces.push(chunk.pcm);
      words.push(...(chunk.words ?? []));
      meter.push(chunk.pcm);
    }
    const pcm = joinPcm(pieces);
    return {
      text,
      audio: Buffer.from(writeWav({ rate, pcm })).toString("base64"),
      durationMs: Math.round(durationMs(pcm.length, rate)),
      words: words.map((word) => ({
        ...word,
        startMs: Math.round(word.startMs),
        endMs: Math.round(word.endMs),
      })),
      contour: toContour(meter.part().contour()),
    };
  });
}
