/** Puts a message into its session, waits for the coach's answer, and stores the answer's audio. */

import { z } from "zod";
import { withTimeout } from "../../../lib/timeout.ts";
import { durationMs } from "../../../pipeline/audio/pcm.ts";
import { writeWav } from "../../../pipeline/audio/wav.ts";
import type { UserMessage } from "../../../session/events.ts";
import { newAudioKey } from "../../../store/objects/keys.ts";
import type { Answer, Speaker } from "../../conversations/message-exchange.ts";
import { named, toTime } from "../../http/common-schemas.ts";
import { HttpError } from "../../net/http-error.ts";
import type { RestServices } from "../services.ts";
import { untilStored } from "../sessions/own-session.ts";
import { aiExample, audioUrl, messageSchema, userExample } from "./message.ts";

/** A message is answered within this, or not at all, ms. */
const answerMs = 120_000;

export const answeredSchema = z
  .object({
    messages: z.array(messageSchema).describe("The user's message, and the coach's."),
    awaitingWrapUpConfirmation: z.boolean().describe("The coach asks whether to end."),
    sessionEnded: z.boolean().describe("The session ended with this answer."),
    finalSummary: z.string().optional().describe("The report, once the session has ended."),
  })
  .meta(
    named("Answered", {
      messages: [userExample, aiExample],
      awaitingWrapUpConfirmation: false,
      sessionEnded: false,
    }),
  );

export type Answered = z.input<typeof answeredSchema>;

export interface Place {
  readonly sessionId: string;
  readonly ownerId: string;
  /** Id of the message's item; a repeated message has the same. */
  readonly itemId: string;
  /** The speaker, as in `MessageExchange.say`; plain JSON. */
  readonly speaker?: Speaker;
}

/**
 * Says it.
 * @throws HttpError 503 `PROVIDER_UNAVAILABLE` where no answer came: the message is kept all the same, and as `MessageExchange.say`
 */
export async function answerMessage(
  services: RestServices,
  place: Place,
  said: UserMessage,
): Promise<Answered> {
  const { sessionId } = place;
  const saidAt = services.clock.wallTime();
  const answer = await sayWithin(services, place, said);
  if (!answer.coach) throw noAnswer();
  const key = await keepVoice(services, sessionId, answer.coach);
  await untilStored(services, sessionId);
  const { coach, user } = answer;
  const summary = answer.report ?? (await summaryOfEnded(services, sessionId));
  return {
    messages: [
      { id: user.id, timestamp: toTime(user.createdAt ?? saidAt), sender: "user", text: user.text },
      {
        id: coach.id,
        timestamp: toTime(coach.createdAt ?? services.clock.wallTime()),
        sender: "ai",
        text: coach.text,
        audioUrl: key === undefined ? undefined : audioUrl(key),
      },
    ],
    awaitingWrapUpConfirmation: answer.awaitingWrapUp,
    sessionEnded: summary !== undefined,
    finalSummary: summary,
  };
}

/** The error for a message without an answer. */
function noAnswer(cause?: unknown): HttpError {
  return new HttpError(
    503,
    "PROVIDER_UNAVAILABLE",
    "The coach cannot answer right now; the message is kept.",
    {
      retryAfter: 5,
      cause,
    },
  );
}

function sayWithin(services: RestServices, place: Place, said: UserMessage): Promise<Answer> {
  const { messageExchange, clock } = services;
  const error = () => noAnswer(new Error("no answer in time"));
  return withTimeout({ clock, ms: answerMs, error }, (signal) => messageExchange.say(place, said, signal));
}

/** Stores a reply's audio as WAV; returns its key. Undefined: there is none, or storing it failed, which does not fail the answer. */
async function keepVoice(
  { store, objects, clock, limits, log }: RestServices,
  sessionId: string,
  { id, audio }: NonNullable<Answer["coach"]>,
): Promise<string | undefined> {
  if (!audio || audio.pcm.length === 0) return undefined;
  const key = newAudioKey("wav");
  const createdAt = clock.wallTime();
  try {
    const { bytes } = await objects.put(key, writeWav(audio));
    await store.saveAudio(sessionId, {
      key,
      kind: "reply",
      itemId: id,
      contentType: "audio/wav",
      bytes,
      durationMs: Math.round(durationMs(audio.pcm.length, audio.rate)),
      createdAt,
      expiresAt: createdAt + limits.replyAudioMs,
    });
    return key;
  } catch (error) {
    log.error({ session: sessionId, err: error }, "storing a reply's audio failed");
    await objects.remove(key).catch(() => {});
    return undefined;
  }
}

/** The report of a session that ended with the answer although the answer did not say so: another connection took part. */
async function summaryOfEnded(
  { store, sessions, reports }: RestServices,
  sessionId: string,
): Promise<string | undefined> {
  if (sessions.live(sessionId)) return undefined;
  const record = await store.findSession(sessionId).catch(() => undefined);
  if (record?.status !== "ended") return undefined;
  const report = await reports.make(sessionId);
  return report?.text ?? "";
}
