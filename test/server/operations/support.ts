/** A node with an administrator's view: real store, sessions on scripted engines, a real HTTP listener. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { findPersona } from "../../../src/coach/personas/personas.ts";
import { type Clock, systemClock } from "../../../src/lib/clock.ts";
import { newId } from "../../../src/lib/ids.ts";
import { openScope } from "../../../src/lib/scope.ts";
import { scriptedReplyModel } from "../../../src/providers/scripted/reply-model.ts";
import { scriptedSynthesizer } from "../../../src/providers/scripted/synthesizer.ts";
import { scriptedTranscriber } from "../../../src/providers/scripted/transcriber.ts";
import { type Authenticate, administers } from "../../../src/server/access/principal.ts";
import type { RestServices } from "../../../src/server/api/services.ts";
import { adminRoutes } from "../../../src/server/app/routes.ts";
import {
  type MessageExchange,
  openMessageExchange,
} from "../../../src/server/conversations/message-exchange.ts";
import { openReports } from "../../../src/server/conversations/reports.ts";
import {
  openSessionRegistry,
  type SessionRegistry,
} from "../../../src/server/conversations/session-registry.ts";
import { type Logger, openLog } from "../../../src/server/logging/log.ts";
import { protocolError } from "../../../src/server/net/http-error.ts";
import {
  type Administration,
  type AdministrationOptions,
  openAdministration,
} from "../../../src/server/operations/administration.ts";
import { type Drain, openDrain } from "../../../src/server/operations/drain.ts";
import { openPresence } from "../../../src/server/operations/presence.ts";
import { openProviderHealth, type ProviderHealth } from "../../../src/server/operations/provider-health.ts";
import { openRecentErrors } from "../../../src/server/operations/recent-errors.ts";
import type { Link } from "../../../src/session/link.ts";
import type { LiveSession } from "../../../src/session/session.ts";
import { openDiskObjects } from "../../../src/store/objects/disk.ts";
import type { AudioObjects } from "../../../src/store/objects/objects.ts";
import { type OpenStore, openStore } from "../../../src/store/open-store.ts";
import { type Face, openFace } from "../api/support.ts";

export interface TestNodeOptions {
  readonly dataDir: string;
  /** Of a PostgreSQL; left out: PGlite in `dataDir`. */
  readonly databaseUrl?: string;
  /** Of all but the store. */
  readonly clock?: Clock;
  readonly limits?: AdministrationOptions["limits"];
}

export interface TestNode {
  readonly nodeId: string;
  readonly store: OpenStore;
  readonly sessions: SessionRegistry;
  readonly messageExchange: MessageExchange;
  readonly objects: AudioObjects;
  readonly admin: Administration;
  readonly drain: Drain;
  readonly providers: ProviderHealth;
  readonly log: Logger;
  readonly face: Face;
  /** Such as `http://127.0.0.1:4711`. */
  readonly url: string;
  /** Opens a session with a socket that notes how it was closed. */
  open(ownerId: string, keyId?: string): Opened;
  /** A session made over REST, in which its owner said something. */
  say(ownerId: string, text: string): Promise<string>;
  ask(request: string, options?: { readonly as?: string; readonly json?: unknown }): Promise<Answered>;
  /** Without a word to other nodes, as a killed process. */
  vanish(): Promise<void>;
  close(): Promise<void>;
}

interface Opened {
  readonly session: LiveSession;
  readonly id: string;
  readonly closes: { readonly code: number; readonly reason: string }[];
}

interface Answered {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into as plain JSON here, as a client would
  readonly body: any;
}

/** `root` and `other` are administrators; everybody else is whoever their token names. */
const byToken: Authenticate = async ({ token }) => {
  if (token === undefined) throw protocolError("invalid_credentials", "Who are you?");
  return token === "root" || token === "other" ? { id: token, role: "admin" } : { id: token };
};

/** Starts one. */
export async function startNode(options: TestNodeOptions): Promise<TestNode> {
  const { clock = systemClock, databaseUrl, dataDir } = options;
  const nodeId = newId("node");
  const errors = openRecentErrors();
  const log = openLog("info", errors.tee({ write() {} }));
  const store = await openStore({ dataDir, clock: systemClock, nodeId, ...(databaseUrl && { databaseUrl }) });
  const engines = {
    transcriber: scriptedTranscriber(undefined, { clock }),
    replyModel: scriptedReplyModel(undefined, { clock }),
    synthesizer: scriptedSynthesizer([{ msPerCharacter: 1 }], { clock }),
  };
  const scope = openScope();
  const presence = openPresence();
  const drain: Drain = openDrain({ clock, log, held: () => sessions.all(), deadlineMs: 1000 });
  const opened = openSessionRegistry({
    store,
    engines,
    clock,
    log,
    scope,
    nodeId,
    limits: {},
    graceMs: 60_000,
    findPersona: (id) => findPersona(id),
    watchers: [presence.watch],
    onEnded: () => {},
  });
  const sessions = drain.guard(opened);
  const messageExchange = openMessageExchange(sessions);
  const objects = await openDiskObjects(join(dataDir, "audio"), clock);
  const reports = openReports({ store, engines, clock, log });
  const services = {
    store,
    sessions,
    messageExchange,
    objects,
    reports,
    clock,
    log,
  } as unknown as RestServices;
  const providers = openProviderHealth({
    clock,
    inUse: { transcribe: "ears", reply: "model", synthesize: "voice" },
  });
  const admin = openAdministration({
    database: store.database,
    nodeId,
    version: "1.2.3",
    sessions,
    drain,
    presence,
    providers,
    errors,
    clock,
    log,
    ...(options.limits && { limits: options.limits }),
  });
  const server = createServer();
  const face = await openFace({
    server,
    authenticate: byToken,
    isAdmin: administers,
    moreRoutes: adminRoutes({ ...admin, services }),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const putDown = async () => {
    admin.endStreams();
    server.closeAllConnections();
    server.close();
    await face.close();
    await admin.close();
  };
  return {
    nodeId,
    store,
    sessions,
    messageExchange,
    objects,
    admin,
    drain,
    providers,
    log,
    face,
    url,
    open(ownerId, keyId) {
      const closes: Opened["closes"] = [];
      const link: Link = {
        send() {},
        sendAudio() {},
        writable: () => undefined,
        close: (code, reason) => void closes.push({ code, reason }),
      };
      const principal = { id: ownerId, ...(keyId !== undefined && { keyId }) };
      const session = opened.open({ link, principal, persona: "kuku", extension: true });
      return { session: session as LiveSession, id: session.id, closes };
    },
    async say(ownerId, text) {
      const { id } = await store.createSession({
        id: newId("session"),
        ownerId,
        persona: "kuku",
        language: "en-US",
        origin: "rest",
        recorded: false,
        createdAt: clock.wallTime(),
      });
      await messageExchange.say({ sessionId: id, ownerId }, { text }, new AbortController().signal);
      await opened.live(id)?.settled();
      return id;
    },
    async ask(request, { as = "root", json } = {}) {
      const [method = "GET", path = "/"] = request.split(" ");
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(as !== "" && { authorization: `Bearer ${as}` }),
          ...(json !== undefined && { "content-type": "application/json" }),
        },
        ...(json !== undefined && { body: JSON.stringify(json) }),
      });
      const text = await response.text();
      const plain = response.headers.get("content-type")?.startsWith("application/json");
      return { status: response.status, text, body: plain && text ? JSON.parse(text) : undefined };
    },
    vanish: putDown,
    async close() {
      await putDown();
      scope.cancel("draining");
      await scope.settled();
      await store.close();
    },
  };
}

/** A Server-Sent Event. */
export interface Told {
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: looked into as plain JSON, as a page would
  readonly data: any;
}

/** Watches as a page would; comments count as events of type `comment`. */
export async function watch(node: TestNode, query = "", as = "root") {
  const leaving = new AbortController();
  const response = await fetch(`${node.url}/api/admin/sessions/stream${query}`, {
    headers: { authorization: `Bearer ${as}` },
    signal: leaving.signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  const next = async (): Promise<Told | undefined> => {
    for (;;) {
      const end = rest.indexOf("\n\n");
      if (end >= 0) {
        const block = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (block.startsWith(":")) return { event: "comment", data: block.slice(2) };
        const event = /^event: (.+)$/m.exec(block)?.[1];
        if (event) return { event, data: JSON.parse(/^data: (.+)$/m.exec(block)?.[1] ?? "null") };
        continue;
      }
      const { done, value } = await reader.read();
      if (done) return undefined;
      rest += value;
    }
  };
  return { response, next, leave: () => leaving.abort() };
}

/** An account as the sign-up would leave it. */
export async function saveUser(
  node: TestNode,
  id: string,
  { email = `${id}@example.org` } = {},
): Promise<void> {
  await node.store.database.pool.query(
    "insert into kuku.users (id, name, email, created_at) values ($1, $1, $2, clock_timestamp())",
    [id, email],
  );
}
