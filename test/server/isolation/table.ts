/**
 * Who gets what from every route of the server: one row each, one column for everybody who may ask. A route that is not
 * here fails the tests, and so does a row without its route. To add one: `"METHOD /its/url"`, with what is asked and
 * what everybody is answered; a second row of a route has a name behind it, ` – like this`.
 */
import type { Asker, Maker } from "./askers.ts";
import { aPersona, marker, type Things, userMarker } from "./things.ts";

export type Cells = Readonly<Record<Asker, number>>;

export interface Row {
  /** The path as it is asked for, with its query. `session`: see `fresh`. */
  readonly path: (things: Things, session: string) => string;
  readonly json?: (things: Things) => unknown;
  /** Who succeeds leaves nothing for the next: each of them has a session by itself. */
  readonly fresh?: true;
  /** Whose things are asked for; default: the owner's. */
  readonly of?: Maker;
  /** Whose answer has the words of `of` in it, which shows that they would be found with others. */
  readonly tells?: Asker;
  /** Alice's answer has her own words in it. */
  readonly tellsAlice?: true;
  /** It ends sign-ins: whoever gets through signs in anew. */
  readonly signsOut?: true;
  readonly cells: Cells;
}

const shut = { nobody: 401, revoked: 401, expired: 401 };
const noSecret = { secret: 403, alice: 403, bob: 403 };

/** What one of the owner's sessions is: theirs alone, and not there for anybody else. `ok`: what the owner gets. */
const ofOwner = (ok: number, more: Partial<Cells> = {}): Cells => ({
  ...shut,
  other: 404,
  owner: ok,
  admin: 404,
  reader: ok,
  // It reaches what it made, and no others.
  secret: 404,
  alice: 404,
  bob: 404,
  guest: 404,
  ...more,
});
/** What one of Alice's sessions is: hers and that of whoever made her client secret, and not there for anybody else. */
const ofAlice = (ok: number, more: Partial<Cells> = {}) => ofOwner(ok, { alice: ok, ...more });
const byAlice = (ok: number, more: Partial<Cells> = {}) => ofAlice(ok, { reader: 403, ...more });
/** The same where something is changed: not by credentials that are there to look. */
const byOwner = (ok: number, more: Partial<Cells> = {}) => ofOwner(ok, { reader: 403, ...more });
/** Each for themselves. */
const forOneself = (ok: number, more: Partial<Cells> = {}): Cells => ({
  ...ofOwner(ok),
  other: ok,
  admin: ok,
  secret: ok,
  alice: ok,
  bob: ok,
  guest: ok,
  ...more,
});
/** People who signed in, each for themselves. */
const withAccount = (ok: number, more: Partial<Cells> = {}) =>
  forOneself(ok, { reader: 403, ...noSecret, guest: 403, ...more });
/** Who administers the server. */
const forAdmin = (ok: number): Cells => ({
  ...shut,
  other: 403,
  owner: 403,
  admin: ok,
  reader: 403,
  ...noSecret,
  guest: 403,
});
/** What a persona says that has no words of the owner in it. */
const unmarked = {
  name: "Another coach",
  questions: { en: ["What of your day?"] },
  instructions: "React briefly.",
};
/** Anybody, whatever they show. */
const forAll = (status = 200): Cells => ({
  nobody: status,
  other: status,
  owner: status,
  revoked: status,
  expired: status,
  admin: status,
  reader: status,
  secret: status,
  alice: status,
  bob: status,
  guest: status,
});

const open = (url: string, status = 200): Row => ({ path: () => url, cells: forAll(status) });
const look = (path: Row["path"], more: Partial<Cells> = {}): Row => ({
  path,
  tells: "owner",
  cells: ofOwner(200, more),
});

const own = {
  "POST /api/sessions": { path: () => "/api/sessions", cells: forOneself(200, { reader: 403 }) },
  "POST /api/sessions – with the owner's persona": {
    path: () => "/api/sessions",
    json: ({ persona }) => ({ persona }),
    cells: forOneself(400, { owner: 200, secret: 200, alice: 200, bob: 200, reader: 403 }),
  },
  "GET /api/sessions": { path: () => "/api/sessions", cells: forOneself(200) },
  "GET /api/sessions/:id": { path: ({ open }) => `/api/sessions/${open}`, cells: ofOwner(200) },
  "DELETE /api/sessions/:id": {
    path: (_, session) => `/api/sessions/${session}`,
    fresh: true,
    cells: byOwner(200, { secret: 403 }),
  },
  "POST /api/sessions/:id/end": {
    path: (_, session) => `/api/sessions/${session}/end`,
    fresh: true,
    cells: byOwner(200),
  },
  "POST /api/sessions/:id/messages": {
    path: ({ open }) => `/api/sessions/${open}/messages`,
    json: () => ({ text: "Go on." }),
    cells: byOwner(200),
  },
  "POST /api/sessions/:id/messages – behind the request": {
    path: (_, session) => `/api/sessions/${session}/messages?wait=false`,
    fresh: true,
    json: () => ({ text: "Go on." }),
    cells: byOwner(202),
  },
  "GET /api/sessions/:id/messages": look(({ open }) => `/api/sessions/${open}/messages`),
  "GET /api/sessions/:id/messages/:messageId/status": {
    path: ({ open, message }) => `/api/sessions/${open}/messages/${message}/status`,
    cells: ofOwner(200),
  },
  // The message is no reading; whose it is decides before that is looked at.
  "GET /api/sessions/:id/messages/:messageId/model-reading": {
    path: ({ open, message }) => `/api/sessions/${open}/messages/${message}/model-reading`,
    cells: ofOwner(404),
  },
  "POST /api/sessions/:id/rating": {
    path: ({ over }) => `/api/sessions/${over}/rating`,
    json: () => ({ rating: 4, feedback: `More ${marker}.` }),
    tells: "owner",
    cells: byOwner(200, { secret: 403 }),
  },
  "GET /api/sessions/:id/rating": look(({ over }) => `/api/sessions/${over}/rating`),
  "GET /api/sessions/:id/report": look(({ over }) => `/api/sessions/${over}/report`),
  "GET /api/sessions/:id/delivery": {
    path: ({ over }) => `/api/sessions/${over}/delivery`,
    cells: ofOwner(200),
  },
  "GET /api/sessions/:id/recording": look(({ over }) => `/api/sessions/${over}/recording`),
  "GET /api/search/messages": {
    path: () => `/api/search/messages?q=${marker}`,
    tells: "owner",
    cells: forOneself(200),
  },
  "GET /api/me/progress": { path: () => "/api/me/progress", tells: "owner", cells: forOneself(200) },
  "GET /api/me/practice": { path: () => "/api/me/practice", cells: forOneself(200) },
  "GET /api/me/practice/round": { path: () => "/api/me/practice/round", cells: forOneself(200) },
  "GET /api/engines": { path: () => "/api/engines", cells: forOneself(200) },
  "GET /api/sessions/:id/results": {
    path: ({ over }) => `/api/sessions/${over}/results`,
    cells: ofOwner(200),
  },
  "POST /api/me/actions/:id": {
    path: ({ action }) => `/api/me/actions/${action}`,
    json: () => ({ done: false }),
    cells: byOwner(200),
  },
  "GET /api/personas": { path: () => "/api/personas", tells: "owner", cells: forOneself(200) },
  "DELETE /api/personas/:id": {
    path: ({ persona2 }) => `/api/personas/${persona2}`,
    cells: byOwner(200, { ...noSecret, guest: 403 }),
  },
  // Of an id that the owner has: whether somebody has one is nobody else's to know.
  "POST /api/personas": {
    path: () => "/api/personas",
    json: ({ persona2: id }) => ({ ...aPersona, ...unmarked, id }),
    cells: forOneself(201, { reader: 403, ...noSecret, guest: 403 }),
  },
  "GET /api/keys": { path: () => "/api/keys", tells: "owner", cells: withAccount(200) },
  "POST /api/keys": {
    path: () => "/api/keys",
    json: () => ({ name: "Another" }),
    cells: withAccount(201),
  },
  "DELETE /api/keys/:id": {
    path: ({ key }) => `/api/keys/${key}`,
    cells: byOwner(200, { ...noSecret, guest: 403 }),
  },
  "POST /v1/realtime/client_secrets": {
    path: () => "/v1/realtime/client_secrets",
    // One makes no other.
    cells: forOneself(200, { reader: 403, ...noSecret }),
  },
  "POST /v1/realtime/client_secrets – for the owner's persona": {
    path: () => "/v1/realtime/client_secrets",
    json: ({ persona: model }) => ({ session: { model } }),
    cells: forOneself(400, { owner: 200, reader: 403, ...noSecret }),
  },
} satisfies Record<string, Row>;

const lookAtAlice = (path: Row["path"]): Row => ({ path, of: "alice", tells: "alice", cells: ofAlice(200) });

/** Client secrets of one key as two users: what is Alice's is not Bob's, nor that of a secret without a user. */
const ofEndUser = {
  "GET /api/sessions – of an end user": {
    path: () => "/api/sessions?user=alice",
    of: "alice",
    cells: forOneself(200),
  },
  "GET /api/sessions/:id – of an end user": {
    path: ({ user }) => `/api/sessions/${user.open}`,
    of: "alice",
    cells: ofAlice(200),
  },
  "DELETE /api/sessions/:id – of an end user": {
    path: (_, session) => `/api/sessions/${session}`,
    of: "alice",
    fresh: true,
    cells: byAlice(200, { secret: 403 }),
  },
  "POST /api/sessions/:id/end – of an end user": {
    path: (_, session) => `/api/sessions/${session}/end`,
    of: "alice",
    fresh: true,
    cells: byAlice(200),
  },
  "POST /api/sessions/:id/messages – of an end user": {
    path: ({ user }) => `/api/sessions/${user.open}/messages`,
    json: () => ({ text: "Go on." }),
    of: "alice",
    cells: byAlice(200),
  },
  "POST /api/sessions/:id/messages – of an end user, behind the request": {
    path: (_, session) => `/api/sessions/${session}/messages?wait=false`,
    fresh: true,
    json: () => ({ text: "Go on." }),
    of: "alice",
    cells: byAlice(202),
  },
  "GET /api/sessions/:id/messages – of an end user": lookAtAlice(
    ({ user }) => `/api/sessions/${user.open}/messages`,
  ),
  "GET /api/sessions/:id/messages/:messageId/status – of an end user": {
    path: ({ user }) => `/api/sessions/${user.open}/messages/${user.message}/status`,
    of: "alice",
    cells: ofAlice(200),
  },
  "POST /api/sessions/:id/rating – of an end user": {
    path: ({ user }) => `/api/sessions/${user.over}/rating`,
    json: () => ({ rating: 4, feedback: `More ${userMarker}.` }),
    of: "alice",
    tells: "alice",
    cells: byAlice(200, { secret: 403 }),
  },
  "GET /api/sessions/:id/rating – of an end user": lookAtAlice(
    ({ user }) => `/api/sessions/${user.over}/rating`,
  ),
  "GET /api/sessions/:id/report – of an end user": lookAtAlice(
    ({ user }) => `/api/sessions/${user.over}/report`,
  ),
  "GET /api/sessions/:id/delivery – of an end user": {
    path: ({ user }) => `/api/sessions/${user.over}/delivery`,
    of: "alice",
    cells: ofAlice(200),
  },
  "GET /api/sessions/:id/recording – of an end user": lookAtAlice(
    ({ user }) => `/api/sessions/${user.over}/recording`,
  ),
  "GET /api/search/messages – of an end user": {
    path: () => `/api/search/messages?q=${userMarker}`,
    of: "alice",
    tells: "alice",
    cells: forOneself(200),
  },
  "GET /api/me/progress – of an end user": {
    path: () => "/api/me/progress",
    of: "alice",
    tells: "alice",
    cells: forOneself(200),
  },
  "GET /api/me/practice – of an end user": {
    path: () => "/api/me/practice",
    of: "alice",
    cells: forOneself(200),
  },
  "GET /api/sessions/:id/results – of an end user": {
    path: ({ user }) => `/api/sessions/${user.over}/results`,
    of: "alice",
    cells: ofAlice(200),
  },
  "POST /api/me/actions/:id – of an end user": {
    path: ({ user }) => `/api/me/actions/${user.action}`,
    json: () => ({ done: false }),
    of: "alice",
    cells: byAlice(200),
  },
} satisfies Record<string, Row>;

/** Who one is. Nobody asks for anybody else here: what is said is of whoever asks. */
const accounts = {
  "GET /api/me": { path: () => "/api/me", tells: "owner", cells: forOneself(200) },
  "GET /api/me/export": {
    path: () => "/api/me/export",
    tells: "owner",
    tellsAlice: true,
    cells: withAccount(200, { alice: 200, bob: 200 }),
  },
  // Asks for the password once more.
  "DELETE /api/me": {
    path: () => "/api/me",
    json: () => ({ password: "not this one" }),
    cells: withAccount(403),
  },
  "DELETE /api/me – without the password": {
    path: () => "/api/me",
    json: () => ({}),
    cells: withAccount(400),
  },
  "GET /api/auth/settings": open("/api/auth/settings"),
  "POST /api/auth/sign-up/email": openFor("/api/auth/sign-up/email", { email: "nobody" }, 400),
  "POST /api/auth/sign-in/email": openFor(
    "/api/auth/sign-in/email",
    { email: "owner@example.org", password: "not this one" },
    401,
  ),
  "POST /api/auth/sign-out": { ...openFor("/api/auth/sign-out", undefined, 200), signsOut: true },
  "POST /api/auth/request-password-reset": openFor(
    "/api/auth/request-password-reset",
    { email: "nobody" },
    400,
  ),
  "POST /api/auth/reset-password": openFor(
    "/api/auth/reset-password",
    { token: "made up", password: "a password of mine" },
    400,
  ),
  "POST /api/auth/send-verification-email": openFor(
    "/api/auth/send-verification-email",
    { email: "nobody" },
    400,
  ),
  "POST /api/auth/verify-email": openFor("/api/auth/verify-email", { token: "made up" }, 400),
  "GET /api/auth/sign-ins": { path: () => "/api/auth/sign-ins", cells: withAccount(200) },
  "DELETE /api/auth/sign-ins/:id": {
    path: ({ signIn }) => `/api/auth/sign-ins/${signIn}`,
    cells: byOwner(200, { ...noSecret, guest: 403 }),
  },
  "POST /api/auth/change-password": {
    path: () => "/api/auth/change-password",
    json: () => ({ current: "not this one", password: "a password of mine" }),
    cells: withAccount(403),
  },
  "POST /api/auth/revoke-other-sessions": {
    path: () => "/api/auth/revoke-other-sessions",
    signsOut: true,
    cells: withAccount(200),
  },
  "POST /api/auth/revoke-sessions": {
    path: () => "/api/auth/revoke-sessions",
    signsOut: true,
    cells: withAccount(200),
  },
} satisfies Record<string, Row>;

function openFor(url: string, json: unknown, status: number): Row {
  return { path: () => url, json: () => json, cells: forAll(status) };
}

const lookAsAdmin = (path: Row["path"], tells?: "admin"): Row => ({
  path,
  ...(tells && { tells }),
  cells: forAdmin(200),
});
const asAdmin = (path: Row["path"], json?: unknown, more: Partial<Row> = {}): Row => ({
  path,
  json: () => json,
  cells: forAdmin(200),
  ...more,
});

const administration = {
  "GET /api/admin/sessions": lookAsAdmin(() => "/api/admin/sessions", "admin"),
  "GET /api/admin/sessions/stream": lookAsAdmin(() => "/api/admin/sessions/stream", "admin"),
  "POST /api/admin/sessions/:id/end": asAdmin(
    (_, session) => `/api/admin/sessions/${session}/end`,
    undefined,
    {
      fresh: true,
    },
  ),
  "POST /api/admin/sessions/:id/mute": asAdmin(
    (_, session) => `/api/admin/sessions/${session}/mute`,
    { muted: true },
    { fresh: true },
  ),
  "GET /api/admin/sessions/:id/messages": lookAsAdmin(
    ({ open }) => `/api/admin/sessions/${open}/messages`,
    "admin",
  ),
  "GET /api/admin/sessions/:id/report": lookAsAdmin(
    ({ over }) => `/api/admin/sessions/${over}/report`,
    "admin",
  ),
  "GET /api/admin/sessions/:id/recording": lookAsAdmin(
    ({ over }) => `/api/admin/sessions/${over}/recording`,
    "admin",
  ),
  "GET /api/admin/nodes": lookAsAdmin(() => "/api/admin/nodes"),
  // It is the only one.
  "POST /api/admin/nodes/:id/drain": {
    path: ({ node }) => `/api/admin/nodes/${node}/drain`,
    cells: forAdmin(409),
  },
  "POST /api/admin/nodes/:id/undrain": asAdmin(({ node }) => `/api/admin/nodes/${node}/undrain`),
  // What people are called, and what they call their keys, is there for who has to tell them apart.
  "GET /api/admin/users": lookAsAdmin(() => "/api/admin/users", "admin"),
  "GET /api/admin/users/:id": lookAsAdmin(({ owner }) => `/api/admin/users/${owner}`, "admin"),
  "GET /api/admin/users/:id/sessions": lookAsAdmin(({ owner }) => `/api/admin/users/${owner}/sessions`),
  "POST /api/admin/users/:id/block": asAdmin(({ spare }) => `/api/admin/users/${spare}/block`),
  "POST /api/admin/users/:id/unblock": asAdmin(({ spare }) => `/api/admin/users/${spare}/unblock`),
  "POST /api/admin/users/:id/role": asAdmin(({ spare }) => `/api/admin/users/${spare}/role`, {
    role: "user",
  }),
  "GET /api/admin/keys": lookAsAdmin(({ owner }) => `/api/admin/keys?ownerId=${owner}`, "admin"),
  "DELETE /api/admin/keys/:id": asAdmin(({ key2 }) => `/api/admin/keys/${key2}`),
  "GET /api/admin/usage": lookAsAdmin(() => "/api/admin/usage", "admin"),
  "GET /api/admin/providers": lookAsAdmin(() => "/api/admin/providers"),
  "GET /api/admin/errors": lookAsAdmin(() => "/api/admin/errors"),
  "GET /api/admin/latency": lookAsAdmin(() => "/api/admin/latency"),
  "GET /api/admin/audit": lookAsAdmin(() => "/api/admin/audit", "admin"),
} satisfies Record<string, Row>;

/** By an address that cannot be guessed. */
const byAddress = {
  "GET /audio/:key": { path: ({ voice }) => `/audio/${voice}`, cells: forAll() },
  "GET /audio/:key – a recording": { path: ({ recording }) => `/audio/${recording}`, cells: forAll(404) },
} satisfies Record<string, Row>;

const forEverybody = {
  "GET /": open("/"),
  "GET /health": open("/health"),
  // On loopback; elsewhere it asks for METRICS_TOKEN.
  "GET /metrics": open("/metrics"),
  "GET /v1/realtime": open("/v1/realtime", 426),
  "POST /v1/realtime": open("/v1/realtime", 426),
  "PUT /v1/realtime": open("/v1/realtime", 426),
  "PATCH /v1/realtime": open("/v1/realtime", 426),
  "DELETE /v1/realtime": open("/v1/realtime", 426),
  // Without a body it is not even that.
  "QUERY /v1/realtime": open("/v1/realtime", 400),
  "GET /v1/realtime/schema.json": open("/v1/realtime/schema.json"),
  "GET /v1/realtime/asyncapi.json": open("/v1/realtime/asyncapi.json"),
  "GET /asyncapi.json": open("/asyncapi.json"),
  "GET /openapi.json": open("/openapi.json"),
  "GET /docs": open("/docs"),
  "GET /docs/static/index.html": open("/docs/static/index.html", 302),
  "GET /docs/static/swagger-initializer.js": open("/docs/static/swagger-initializer.js"),
  "GET /docs/static/*": open("/docs/static/swagger-ui.css"),
  "GET /docs/json": open("/docs/json"),
  "GET /docs/yaml": open("/docs/yaml"),
  "GET /progress.html": open("/progress.html"),
  "GET /offline.html": open("/offline.html"),
  "GET /manifest.webmanifest": open("/manifest.webmanifest"),
  "GET /service-worker.js": open("/service-worker.js"),
  "GET /report.html": open("/report.html"),
  "GET /sign-in.html": open("/sign-in.html"),
  "GET /account.html": open("/account.html"),
  "GET /admin.html": open("/admin.html"),
  "GET /assets/*": open("/assets/none.js", 404),
} satisfies Record<string, Row>;

/** All of it, by method and URL. */
export const table: Readonly<Record<string, Row>> = {
  ...own,
  ...ofEndUser,
  ...accounts,
  ...administration,
  ...byAddress,
  ...forEverybody,
};

/** The ways in of a socket; 101 is a socket. `resumable`: the token of a session whose socket is gone. */
export const sockets: Readonly<
  Record<
    string,
    {
      readonly query: (things: Things, resumable: string) => string;
      /** Somebody who gets in takes it away: each has a session by itself. */
      readonly fresh?: true;
      /** Whose session it is; default: the owner's. */
      readonly of?: Maker;
      /** Who is told what the owner wrote, as instructions of the session. */
      readonly tells?: readonly Asker[];
      readonly cells: Cells;
    }
  >
> = {
  "a new session": { query: () => "", cells: forOneself(101, { reader: 403 }) },
  "a new session with the owner's persona": {
    query: ({ persona }) => `?model=${persona}`,
    tells: ["secret", "alice", "bob"],
    cells: byOwner(101, { secret: 101, alice: 101, bob: 101 }),
  },
  "a session by its id": { query: ({ open }) => `?session_id=${open}`, cells: byOwner(101) },
  "a session by its token": {
    query: (_, resumable) => `?resume=${resumable}`,
    fresh: true,
    cells: byOwner(101),
  },
  "an end user's session by its id, which takes it over": {
    query: ({ user }) => `?session_id=${user.open}`,
    of: "alice",
    cells: byAlice(101),
  },
  "an end user's session by its token": {
    query: (_, resumable) => `?resume=${resumable}`,
    fresh: true,
    of: "alice",
    cells: byAlice(101),
  },
};
