/** Sends an audio object, whole or the part that a player asked for. */

import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { contentRange, parseRange } from "../../../store/objects/range.ts";
import type { AudioRecord } from "../../../store/records.ts";
import { failures } from "../../http/envelope.ts";
import { HttpError } from "../../net/http-error.ts";
import type { RestServices } from "../services.ts";

/** Audio as an answer; sent as it is. */
export const audioSchema = z.string().meta({ format: "binary", description: "Audio." });

/** Responses of a route that sends audio, for the OpenAPI document. */
export function audioAnswers<Content extends Record<string, { schema: z.ZodType }>>(content: Content) {
  return {
    200: { description: "The audio.", content },
    206: { description: "The part that was asked for.", content },
    ...failures({ 416: "There are no such bytes." }),
  };
}

/**
 * Sends it, if there is one. False: nothing was sent, for there is no such audio or no longer.
 *
 * Never hands on the reply itself: Fastify's reply is a thenable, so that whoever awaits a promise of it gets `undefined`
 * once the answer is out.
 * @throws HttpError 416 for a range that is not there
 */
export async function sendAudio(
  { objects, clock }: RestServices,
  request: Pick<FastifyRequest, "headers">,
  reply: FastifyReply,
  record: Pick<AudioRecord, "key" | "expiresAt"> | undefined,
): Promise<boolean> {
  if (!record) return false;
  const { key, expiresAt } = record;
  const facts = await objects.stat(key);
  if (!facts) return false;
  const asked = parseRange(request.headers.range, facts.bytes);
  reply.header("accept-ranges", "bytes");
  if (asked.kind === "unsatisfiable")
    throw new HttpError(416, "RANGE_NOT_SATISFIABLE", "There are no such bytes.", {
      headers: { "content-range": contentRange(undefined, facts.bytes) },
    });
  const range = asked.kind === "part" ? asked.range : undefined;
  const opened = await objects.open(key, range);
  if (!opened) return false;
  const length = range ? range.end - range.start + 1 : opened.bytes;
  const seconds =
    expiresAt === undefined ? 0 : Math.max(0, Math.floor((expiresAt - clock.wallTime()) / 1000));
  reply
    .code(range ? 206 : 200)
    .type(opened.contentType)
    .header("content-length", length)
    .header("cache-control", `private, max-age=${seconds}`);
  if (range) reply.header("content-range", contentRange(range, opened.bytes));
  reply.send(opened.body);
  return true;
}
