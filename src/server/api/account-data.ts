/** One's own data: a copy of all of it, and its erasure. */

import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { settlesWithin } from "../../lib/timeout.ts";
import { ownSessions } from "../access/principal.ts";
import { dayOf } from "../access/quotas/days.ts";
import { exportOf } from "../account-data/export.ts";
import { ExportSlots } from "../account-data/export-slots.ts";
import { named } from "../http/common-schemas.ts";
import { answer, dataAnswer, failures, success } from "../http/envelope.ts";
import { principalOf } from "../http/route-access.ts";
import type { App } from "../http/typed-app.ts";
import type { Logger } from "../logging/log.ts";
import { HttpError } from "../net/http-error.ts";
import type { RestServices } from "./services.ts";
import { untilStored } from "./sessions/own-session.ts";

/** Longest wait for an erasure, ms; beyond, it goes on behind its answer. */
const answerMs = 20_000;

/** Confirmation phrase of a user without a password. */
const erasurePhrase = "erase everything";

const eraseMeBody = z
  .object({
    password: z.string().max(1024).optional().describe("Once more, of whoever signs in with one."),
    confirm: z
      .string()
      .max(100)
      .optional()
      .meta({ description: `Where nobody signs in: \`${erasurePhrase}\`.` }),
  })
  .optional()
  .meta(named("EraseMe", { confirm: erasurePhrase }));

const erasedMeSchema = z
  .object({
    erased: z.literal(true),
    complete: z
      .boolean()
      .describe("False: nobody can reach any of it any more; the last files are removed within minutes."),
  })
  .meta(named("ErasedMe", { erased: true, complete: true }));

/** The document of an export; sent while it is written. */
const exportSchema = z
  .object({
    format: z.literal("kuku-coach export 1"),
    exportedAt: z.iso.datetime(),
    profile: z.record(z.string(), z.unknown()),
    signIns: z.array(z.record(z.string(), z.unknown())),
    keys: z.array(z.record(z.string(), z.unknown())).describe("Without what opens anything."),
    personas: z.array(z.record(z.string(), z.unknown())).describe("One's own."),
    usage: z.array(z.record(z.string(), z.unknown())),
    audit: z
      .array(z.record(z.string(), z.unknown()))
      .describe("What administrators did with one's account, and read."),
    sessions: z
      .array(z.record(z.string(), z.unknown()))
      .describe(
        "With items, turns, deliveries, report, actions and audio; each audio file is a list of base64 texts, whose bytes follow each other.",
      ),
  })
  .meta(
    named("Export", {
      format: "kuku-coach export 1",
      exportedAt: "2026-11-23T09:30:00.000Z",
      profile: { id: "user_0198c1f26c3e7d419a573f1f2a9b8c7d", email: "ann@example.org" },
      signIns: [],
      keys: [],
      personas: [],
      usage: [{ day: "2026-11-22", sessions: 1, turns: 12 }],
      audit: [],
      sessions: [],
    }),
  );

export interface AccountDataServices extends RestServices {
  /** Checks a user's password; undefined: nobody has one. @throws HttpError after too many wrong ones */
  readonly passwordIs?:
    | ((userId: string, password: string, signInId: string) => Promise<boolean>)
    | undefined;
}

/** `GET /api/me/export` and `DELETE /api/me`. */
export function accountDataRoutes(app: App, services: AccountDataServices): void {
  exportRoute(app, services);
  eraseRoute(app, services);
}

function exportRoute(app: App, services: AccountDataServices): void {
  const slots = new ExportSlots(services.clock);
  app.get("/api/me/export", {
    schema: {
      operationId: "exportMe",
      tags: ["Accounts"],
      summary: "All that is kept of oneself",
      description:
        "One JSON document, with the audio in it; it is written while it is read, and may be large. It breaks off where nothing of it is read for a minute, after an hour, or where it is read slowly while others wait. A client secret gets the sessions that it reaches, and nothing of the account.",
      response: {
        200: answer("The document.", exportSchema),
        ...failures({ 429: "One's last export is still being read, or too many are." }),
      },
    },
    config: { access: "account", secrets: "export" },
    handler: async (request, reply) => {
      const of = ownSessions(principalOf(request));
      const id = [of.ownerId, of.endUser].join(" ");
      const { clock, log, accountData } = services;
      const slot = slots.take(id);
      if (!slot)
        throw new HttpError(429, "EXPORT_UNDER_WAY", "An export is being read already.", { retryAfter: 10 });
      const now = clock.wallTime();
      const pieces = exportOf({ ...services, queries: accountData.exports }, of, now);
      const document = Readable.from(slot.follow(pieces));
      document.once("close", () => slot.release());
      slot.signal.addEventListener("abort", () => endSlowly(document, log), { once: true });
      try {
        for (const id of services.store.journals.pendingOf(of.ownerId)) await untilStored(services, id);
      } catch (error) {
        document.destroy();
        throw error;
      }
      return sendDocument(reply, document, now);
    },
  });
}

/** Breaks off what is read too slowly. The code is that of a reader who left: nobody but the reader can do anything about it. */
function endSlowly(document: Readable, log: Pick<Logger, "info">): void {
  log.info({}, "export ended: it was read too slowly");
  document.destroy(Object.assign(new Error("read too slowly"), { code: "ERR_STREAM_PREMATURE_CLOSE" }));
}

/** @param at wall-clock ms */
function sendDocument(reply: FastifyReply, document: Readable, at: number): FastifyReply {
  const name = `kuku-export-${dayOf(at)}.json`;
  reply.type("application/json; charset=utf-8");
  reply.header("content-disposition", `attachment; filename="${name}"`);
  return reply.send(document);
}

function eraseRoute(app: App, services: AccountDataServices): void {
  const { accountData, clock, log } = services;
  app.delete("/api/me", {
    schema: {
      operationId: "eraseMe",
      tags: ["Accounts"],
      summary: "Erase everything of oneself",
      description:
        "The account, keys and sign-ins, every session with all that was said, its report and its audio, one's own personas, and what was counted. It cannot be undone.",
      body: eraseMeBody,
      response: {
        200: dataAnswer("Nothing is left.", erasedMeSchema),
        202: dataAnswer("Nobody can reach any of it; files are still being removed.", erasedMeSchema),
        ...failures({
          400: "It was not confirmed.",
          403: "The password is wrong, or what was shown is no sign-in.",
          429: "Too many wrong passwords; come again.",
        }),
      },
    },
    config: { access: "account" },
    handler: async (request, reply) => {
      await confirm(request, services);
      const erasing = accountData.erasure.user(principalOf(request).id);
      const inTime = await settlesWithin(clock, answerMs, erasing);
      if (!inTime)
        erasing.catch((error: unknown) => log.error({ err: error }, "erasure failed; left to the sweep"));
      const complete = inTime && (await erasing);
      reply.code(complete ? 200 : 202);
      // What the pages keep in the browser goes, too.
      reply.header("clear-site-data", '"cache", "storage"');
      return success({ erased: true as const, complete });
    },
  });
}

/** @throws HttpError 400, 403, and 429 after too many wrong passwords */
async function confirm(
  request: FastifyRequest<{
    Body: { password?: string | undefined; confirm?: string | undefined } | undefined;
  }>,
  { passwordIs }: AccountDataServices,
): Promise<void> {
  const { id, via, signInId = "" } = principalOf(request);
  const { password, confirm: phrase } = request.body ?? {};
  if (via === "sign_in") {
    if (password === undefined)
      throw new HttpError(400, "PASSWORD_MISSING", "Erasing an account asks for its password once more.");
    if (!(await passwordIs?.(id, password, signInId)))
      throw new HttpError(403, "WRONG_PASSWORD", "The password is wrong.");
  } else if (phrase !== erasurePhrase)
    throw new HttpError(
      400,
      "CONFIRMATION_MISSING",
      `Erasing everything asks for \`confirm\`: "${erasurePhrase}".`,
    );
}
