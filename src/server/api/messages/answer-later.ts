/** Messages answered behind their request, as jobs, so that a process that dies leaves them to the next. */

import { buffer } from "node:stream/consumers";
import { newId } from "../../../lib/ids.ts";
import { Cancelled } from "../../../lib/scope.ts";
import { readWav, writeWav } from "../../../pipeline/audio/wav.ts";
import type { DecodedUpload } from "../../../pipeline/uploads/upload-decoder.ts";
import type { UserMessage } from "../../../session/events.ts";
import { newAudioKey } from "../../../store/objects/keys.ts";
import type { AudioRecord } from "../../../store/records.ts";
import { HttpError, protocolError } from "../../net/http-error.ts";
import type { RestServices } from "../services.ts";
import { answerMessage, type Place } from "./answer-message.ts";
import { speechRate } from "./read-speech.ts";

const jobName = "answer-upload";

/** Messages of a session that may wait like this. */
const mostWaiting = 4;

const tries = 4;

/** Time the status of a failed message can be asked for, ms. */
const rememberMs = 86_400_000;

/**
 * A message on its way: `key` is its audio's. The record of that audio says how it stands, and outlives any process:
 * as long as it has bytes the message waits or is being answered; without any it failed; once it is gone the answer is
 * in the history. A typed message has a record, too, and its words here.
 */
interface UploadJob extends Place {
  readonly key: string;
  readonly text?: string;
}

export type Behind = DecodedUpload | { readonly text: string };

/**
 * Keeps a message and has it answered later.
 * @returns the id of the user's message
 * @throws HttpError `session_busy` where too many of the session wait already; StoreError
 */
export async function answerLater(
  services: RestServices,
  place: Omit<Place, "itemId">,
  message: Behind,
): Promise<string> {
  const { store, objects, jobs, clock } = services;
  const { sessionId } = place;
  const waiting = (await store.listAudio(sessionId, "upload")).filter(isWaiting);
  if (waiting.length >= mostWaiting)
    throw protocolError("session_busy", "Too many messages wait for this session.", { retryAfter: 5 });
  const itemId = newId("item");
  const key = newAudioKey("wav");
  const text = "text" in message ? message.text : undefined;
  try {
    const bytes =
      "text" in message
        ? message.text.length
        : (await objects.put(key, writeWav({ rate: speechRate, pcm: message.pcm }))).bytes;
    const contentType = text === undefined ? "audio/wav" : "text/plain";
    const now = clock.wallTime();
    const record = { key, kind: "upload", itemId, contentType, bytes, createdAt: now } as const;
    await store.saveAudio(sessionId, { ...record, expiresAt: now + rememberMs });
    const job: UploadJob = { ...place, itemId, key, text };
    await jobs.send(jobName, job, { key: itemId });
    return itemId;
  } catch (error) {
    await forget(services, key).catch(() => {});
    throw error;
  }
}

/** True until a message is answered or has failed. */
export function isWaiting({ bytes }: AudioRecord): boolean {
  return bytes > 0;
}

/** Registers the worker of these jobs on this node; to be called before the jobs start. */
export function workUploads(services: RestServices): void {
  const options = { concurrency: 4, retryLimit: tries - 1, retrySeconds: 1, timeoutSeconds: 300 };
  services.jobs.work<UploadJob>(jobName, options, async (job, { attempt }) => {
    const said = await readSaid(services, job);
    if (!said) return;
    try {
      await answerMessage(services, job, said);
      await forget(services, job.key);
    } catch (error) {
      const last = isFinal(error) || attempt >= tries;
      // Stopping servers hand it on; that is no failure.
      if (!last) throw isCode(error, "SERVER_DRAINING") ? new Cancelled("draining") : error;
      await bury(services, job);
      const level = isCode(error, ...endedByUser) ? "info" : "warn";
      services.log[level](
        { session: job.sessionId, item: job.itemId, err: error },
        "message answering failed",
      );
    }
  });
}

/** Reads a job's message. Undefined: it was answered, it failed, or its session was erased. */
async function readSaid({ store, objects }: RestServices, job: UploadJob): Promise<UserMessage | undefined> {
  const record = await store.findAudio(job.key);
  if (!record || !isWaiting(record)) return undefined;
  if (job.text !== undefined) return { text: job.text };
  const object = await objects.open(job.key);
  return object && readWav(await buffer(object.body));
}

/** True for errors that another try will not change: the session's end, and a failed reply, whose message is in the history. */
function isFinal(error: unknown): boolean {
  return isCode(error, "PROVIDER_UNAVAILABLE", ...endedByUser);
}

/** Codes of refusals that the user caused by ending or filling the session. */
const endedByUser = ["SESSION_NOT_FOUND", "SESSION_ENDED", "CONVERSATION_FULL", "MESSAGE_TOO_LARGE"];

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof HttpError && codes.includes(error.code);
}

async function forget({ store, objects }: RestServices, key: string): Promise<void> {
  await objects.remove(key);
  await store.forgetAudio([key]);
}

/** Marks a message as failed: its record stays, without bytes. */
async function bury({ store, objects, clock }: RestServices, { sessionId, key }: UploadJob): Promise<void> {
  await objects.remove(key);
  const record = await store.findAudio(key);
  if (!record) return;
  const { sessionId: _, ...audio } = record;
  await store.saveAudio(sessionId, { ...audio, bytes: 0, expiresAt: clock.wallTime() + rememberMs });
}
