/** Reads a WebSocket upgrade request: path, origin, sub-protocol, persona, credentials, the session it names. */
import type { IncomingMessage } from "node:http";
import type { SessionType } from "../../protocol/session-config.ts";
import {
  negotiateSubprotocol,
  readOffers,
  type Subprotocol,
  speaksBeta,
} from "../../protocol/subprotocol.ts";
import type { AudioPosition } from "../../session/outbound/replay-buffer.ts";
import { type Credentials, type Principal, readToken } from "../access/principal.ts";
import type { NamedSession } from "../conversations/session-opening.ts";
import { protocolError } from "../net/http-error.ts";
import { hostAllowed, originAllowed } from "../net/origin.ts";
import { isOwnOrigin } from "../net/same-origin.ts";

/** A valid upgrade request. */
export interface UpgradeParameters {
  /** The name of the persona that was asked for; undefined: the default one. */
  readonly model: string | undefined;
  /** The type that `intent` names; undefined: none. */
  readonly type: SessionType | undefined;
  /** The existing session that the request names. */
  readonly names: NamedSession | undefined;
  /** The sub-protocol that the response names. */
  readonly subprotocol: Subprotocol | undefined;
  /** Whether `kuku.v1` is spoken. */
  readonly extension: boolean;
  /** Whether the client speaks the vendor's beta. */
  readonly beta: boolean;
  readonly credentials: Credentials;
  /** Names of unknown query parameters, for the log: the first few, shortened. */
  readonly unfollowed: readonly string[];
}

export interface AdmissionRules {
  readonly path: string;
  readonly allowedOrigins: readonly string[];
  readonly loopbackOnly: boolean;
  /** Public address of the server, if configured, whose pages send cookies. */
  readonly publicUrl?: string | undefined;
  /** Returns the id of a persona that the owner may use, or undefined for an unknown name. */
  readonly findPersona: (name: string, ownerId: string) => string | undefined;
  readonly defaultPersona: string;
}

/**
 * Reads an upgrade request.
 * @throws HttpError, with the fitting status
 */
export function readUpgrade(request: IncomingMessage, rules: AdmissionRules): UpgradeParameters {
  const base = "ws://server";
  const target = request.url ?? "/";
  if (target.startsWith("//") || !URL.canParse(target, base))
    throw protocolError("not_found", "The request's path cannot be read.");
  const url = new URL(target, base);
  const azure = azurePaths.includes(url.pathname);
  if (url.pathname !== rules.path && !azure)
    throw protocolError("not_found", `There is no WebSocket at this path; it is ${rules.path}.`);
  if (request.method !== "GET")
    throw protocolError("upgrade_required", "A WebSocket upgrade uses GET.", { status: 405 });
  const { origin, host } = request.headers;
  const { allowedOrigins: allowed, loopbackOnly, publicUrl } = rules;
  if (!originAllowed({ origin, host, allowed, loopbackOnly, publicUrl }))
    throw protocolError("origin_not_allowed", "Pages of this origin may not connect (see ALLOWED_ORIGINS).");
  if (!hostAllowed({ host, allowed, loopbackOnly, publicUrl }))
    throw protocolError(
      "origin_not_allowed",
      "This server has another name (see PUBLIC_URL, ALLOWED_ORIGINS).",
    );
  const offers = readOffers(request.headers["sec-websocket-protocol"]);
  const negotiated = negotiateSubprotocol(offers);
  if (!negotiated.ok) throw protocolError(negotiated.code, negotiated.message);
  // Browsers connect for pages of any origin and name it on every upgrade: cookies count for this server's own pages only.
  const encrypted = "encrypted" in request.socket;
  const cookie = isOwnOrigin({ origin, host, encrypted, publicUrl }) ? request.headers.cookie : undefined;
  // As in the reference: any other intent means nothing.
  const type = url.searchParams.get("intent") === "transcription" ? "transcription" : undefined;
  return {
    // Of a transcription session it would be a transcriber's name.
    model: type === undefined ? readModel(url.searchParams, azure) : undefined,
    type,
    names: readNamed(url.searchParams),
    subprotocol: negotiated.subprotocol,
    extension: negotiated.extension,
    beta: !negotiated.extension && speaksBeta(request.headers["openai-beta"], offers),
    credentials: {
      token: readToken(request.headers) ?? negotiated.token,
      cookie,
      secure: encrypted || publicUrl?.startsWith("https:") === true,
      remoteAddress: request.socket.remoteAddress,
    },
    unfollowed: ignoredSettings(url.searchParams, azure ? azureParameters : []),
  };
}

/** Model names that clients of the vendor's API send; they stand for the default persona. */
export const vendorModel = /^gpt-[\w.-]*$/;

/** Paths of Azure's service, in its older and its newer form, answered as our own. */
const azurePaths: readonly string[] = ["/openai/realtime", "/openai/v1/realtime"];
/** Query parameters of those paths: a deployment is what Azure calls a model, and the version is taken as it is. */
const azureParameters = ["api-version", "deployment"];

const parameters = ["model", "session_id", "resume", "last_event", "audio_from"];

/** Clients of the vendor's API and of its resellers send many more: `temperature`, `api-version`. */
function ignoredSettings(query: URLSearchParams, also: readonly string[]): string[] {
  const transcribes = query.get("intent") === "transcription";
  const followed = [...parameters.filter((name) => name !== "model" || !transcribes), ...also];
  if (transcribes) followed.push("intent");
  const unknown = [...new Set(query.keys())].filter((name) => !followed.includes(name));
  return unknown.slice(0, 10).map((name) => name.slice(0, 60));
}

function readNamed(query: URLSearchParams): NamedSession | undefined {
  const sessionId = query.get("session_id");
  const token = query.get("resume");
  const returning = ["last_event", "audio_from"].find((name) => query.has(name));
  if (token === null && returning !== undefined)
    throw protocolError("invalid_query", `Query parameter \`${returning}\` goes with \`resume\`.`);
  if (token !== null && sessionId !== null)
    throw protocolError("invalid_query", "Query parameters `resume` and `session_id` do not go together.");
  if (token === null) return sessionId === null ? undefined : { sessionId };
  const lastEvent = query.get("last_event") ?? "";
  const audioFrom = readAudioFrom(query.get("audio_from"));
  return { token, seen: { lastEvent, audioFrom } };
}

function readAudioFrom(text: string | null): AudioPosition | undefined {
  if (text === null) return undefined;
  const parts = /^(\d{1,9}):(\d{1,10})$/.exec(text);
  if (!parts)
    throw protocolError("invalid_query", "`audio_from` must be a response's number and a sample: 3:48000.");
  return { responseNumber: Number(parts[1]), sample: Number(parts[2]) };
}

function readModel(query: URLSearchParams, azure: boolean): string | undefined {
  const model = query.get("model") || (azure && query.get("deployment")) || undefined;
  return model === undefined || vendorModel.test(model) ? undefined : model;
}

/**
 * Chooses the persona of a new session once the principal is known, whose own personas nobody else has.
 * @throws HttpError `model_not_found`
 */
export function choosePersona(
  { model }: UpgradeParameters,
  { id, persona: only }: Principal,
  { defaultPersona, findPersona }: Pick<AdmissionRules, "defaultPersona" | "findPersona">,
): string {
  const chosen = only ?? (model === undefined ? defaultPersona : findPersona(model, id));
  if (chosen !== undefined) return chosen;
  throw protocolError("model_not_found", `There is no persona ${JSON.stringify(model?.slice(0, 60))}.`);
}

/**
 * Chooses the type of a new session.
 * @throws HttpError `invalid_query` where `intent` contradicts the client secret
 */
export function chooseSessionType(
  { type }: Pick<UpgradeParameters, "type">,
  { session }: Pick<Principal, "session">,
): SessionType {
  if (type === undefined || session === undefined || session.type === type)
    return session?.type ?? type ?? "realtime";
  throw protocolError("invalid_query", `This client secret was made for ${session.type} sessions.`);
}
