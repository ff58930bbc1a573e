/** Settings of access: accounts, guests, mails and limits. */
import { z } from "zod";
import { isLoopback, trustProxies } from "../net/addresses.ts";
import { flag, list, oneOf, optional, secret, setting, upTo, type ValuesOf, whole } from "./setting.ts";

const isMailUrl = (text: string) => URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol);
const isWebOrigin = (text: string) =>
  URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text);

const areNetworks = (entries: readonly string[]) => {
  try {
    trustProxies(entries);
    return true;
  } catch {
    return false;
  }
};

const limit = (doc: string) => optional(`${doc} 0: no limit.`, upTo(1_000_000_000));

/** In the order of `.env.example`. */
export const accessSettings = {
  AUTH: optional(
    "Who may talk: accounts (people sign in, programs have keys) or none (everybody is the one local user). Left out: none on a loopback HOST; on any other the server does not start.",
    oneOf(["accounts", "none"]),
  ),
  ALLOW_ANONYMOUS: setting(
    "1: with AUTH=none (or without AUTH) also on a HOST that others reach. Whoever reaches the port is the one local user.",
    "0",
    flag(),
  ),
  AUTH_SECRET: secret(
    "Signs sign-ins and the short-lived tokens for browsers, 32 characters or more; left out: a key is made in DATA_DIR. Needed with AUTH=accounts and DATABASE_URL; the same on every node.",
  ),
  PUBLIC_URL: optional(
    "Where people reach this server, such as https://coach.example.org: links in mails lead there. Needed with AUTH=accounts unless HOST is loopback.",
    z.string().refine(isWebOrigin, { message: "must be an origin such as https://coach.example.org" }),
  ),
  TRUST_PROXY: setting(
    "Addresses or networks of proxies whose X-Forwarded-For is believed, separated by commas (10.0.0.0/8, loopback).",
    "",
    list().refine(areNetworks, { message: "must be addresses, networks such as 10.0.0.0/8, or loopback" }),
  ),
  SIGN_UP: setting(
    "open: anybody may make an account; closed: only an administrator makes them.",
    "open",
    oneOf(["open", "closed"]),
  ),
  VERIFY_EMAIL: setting("1: an account talks only once its e-mail address is confirmed.", "1", flag()),
  MAIL_URL: secret(
    "Server that mails go through, smtp:// or smtps://USER:PASSWORD@HOST:PORT; left out: mails are printed to the log's standard output, for development.",
    z.string().refine(isMailUrl, { message: "must be an smtp:// or smtps:// URL" }),
  ),
  MAIL_FROM: setting("Who mails come from.", "Kuku Coach <kuku@localhost>", z.string().min(3)),
  GUESTS: setting("1: people without an account may talk, within the limits for guests.", "0", flag()),
  MAX_SESSIONS_PER_USER: limit("Sessions of one user at once; with AUTH=accounts 5 if left out."),
  MAX_SESSIONS_PER_APPLICATION: limit(
    "Sessions at once of all end users that one user's client secrets name; with AUTH=accounts 50 if left out.",
  ),
  MAX_SESSIONS_PER_ADDRESS: limit("Sessions from one address at once; with AUTH=accounts 50 if left out."),
  SESSIONS_PER_HOUR: limit("Sessions one user may begin an hour; with AUTH=accounts 60 if left out."),
  SESSIONS_PER_HOUR_PER_ADDRESS: limit(
    "Sessions that may be begun from one address an hour; with AUTH=accounts 300 if left out.",
  ),
  MAX_UPLOADS: setting(
    "Recordings that are received at once; more are answered 503.",
    "24",
    whole(1, 10_000),
  ),
  MAX_UPLOADS_PER_USER: limit("Recordings of one user received at once; with AUTH=accounts 4 if left out."),
  MAX_UPLOADS_PER_ADDRESS: limit(
    "Recordings received from one address at once; with AUTH=accounts 8 if left out.",
  ),
  REQUESTS_PER_MINUTE: limit("Requests of one user a minute; with AUTH=accounts 300 if left out."),
  REQUESTS_PER_MINUTE_PER_ADDRESS: limit(
    "Requests and connections from one address a minute, whoever asks; with AUTH=accounts 1200 if left out.",
  ),
  AUDIO_MINUTES_PER_DAY: limit("Minutes of speech one user may send a day (UTC)."),
  TOKENS_PER_DAY: limit("Tokens one user may use a day, of the reply model's input and output."),
  COST_PER_DAY: limit("What one user may cost a day, in the currency of the configured prices."),
  MAX_CONVERSATION_BYTES_PER_USER: limit(
    "Bytes of the items in one user's live conversations; with AUTH=accounts 16777216 if left out.",
  ),
  GUEST_SESSIONS_PER_DAY: limit("Sessions guests of one address may begin a day; 5 if left out."),
  GUEST_AUDIO_MINUTES_PER_DAY: limit("Minutes of speech for guests of one address a day; 10 if left out."),
  SIGN_IN_FAILURES: setting(
    "Wrong passwords, keys or tokens from one address, and wrong passwords for one account, within 15 minutes; more are refused unread.",
    "20",
    whole(1, 1_000_000),
  ),
};

type Values = ValuesOf<typeof accessSettings>;

/** Limits of one user, key or address; an absent figure: no limit. */
export interface Quotas {
  readonly sessionsAtOnce?: number;
  readonly uploadsAtOnce?: number;
  readonly sessionsPerHour?: number;
  readonly sessionsPerDay?: number;
  readonly requestsPerMinute?: number;
  readonly audioSecondsPerDay?: number;
  readonly tokensPerDay?: number;
  /** In the currency of the configured prices. */
  readonly costPerDay?: number;
}

export interface AccessConfig {
  readonly mode: "accounts" | "none";
  /** With mode `none`: the server is open to other machines (ALLOW_ANONYMOUS). */
  readonly anonymous: boolean;
  /** Undefined: taken from the request. */
  readonly publicUrl?: string;
  readonly trustProxy: readonly string[];
  readonly signUp: "open" | "closed";
  readonly verifyEmail: boolean;
  /** `url` undefined: mails are printed. */
  readonly mail: { readonly url?: string; readonly from: string };
  /** Undefined: no guests. Guests of one address share these. */
  readonly guests?: Quotas;
  readonly perUser: Quotas;
  /** Of all named end users of one user's client secrets together. */
  readonly perApplication: Quotas;
  readonly perAddress: Quotas;
  /** Recordings that all together may send at once. */
  readonly uploadsAtOnce: number;
  /** Bytes of the items in one user's live conversations on a node; undefined: no limit. */
  readonly conversationBytesPerUser?: number;
  /** Failed attempts within 15 minutes. */
  readonly mostFailures: number;
}

/** Limits of all end users of an application together, as a multiple of one user's. */
const applicationFactor = 10;

/**
 * Makes the access configuration from checked values.
 * @returns an error text that starts with the variable's name where the values contradict each other
 */
export function readAccess(
  v: Values,
  at: { readonly host: string; readonly databaseUrl: string | undefined },
): AccessConfig | string {
  const local = isLoopback(at.host);
  const mode = v.AUTH ?? "none";
  if (mode === "none" && !local && !v.ALLOW_ANONYMOUS)
    return `AUTH: other machines reach HOST ${at.host}, and nobody is asked who they are. Set AUTH=accounts (docs/operations.md says what else), or HOST=127.0.0.1; ALLOW_ANONYMOUS=1 insists on letting everybody in as the same user`;
  if (v.AUTH_SECRET !== undefined && v.AUTH_SECRET.length < 32)
    return "AUTH_SECRET: must be 32 characters or more, such as `openssl rand -hex 32` makes";
  const accounts = mode === "accounts";
  if (accounts && at.databaseUrl !== undefined && v.AUTH_SECRET === undefined)
    return "AUTH_SECRET: must be set with AUTH=accounts and DATABASE_URL, the same on every node";
  if (accounts && !local && v.PUBLIC_URL === undefined)
    return "PUBLIC_URL: must be set with AUTH=accounts: links in mails lead there, and a request's own Host cannot be believed";
  if (v.GUESTS && !accounts) return "GUESTS: goes with AUTH=accounts; with AUTH=none everybody is let in";
  return {
    mode,
    anonymous: !accounts && !local,
    publicUrl: v.PUBLIC_URL,
    trustProxy: v.TRUST_PROXY,
    signUp: v.SIGN_UP,
    verifyEmail: v.VERIFY_EMAIL,
    mail: { url: v.MAIL_URL, from: v.MAIL_FROM },
    ...(v.GUESTS && {
      guests: quotas({
        sessionsAtOnce: 2,
        uploadsAtOnce: 2,
        sessionsPerDay: v.GUEST_SESSIONS_PER_DAY ?? 5,
        audioSecondsPerDay: (v.GUEST_AUDIO_MINUTES_PER_DAY ?? 10) * 60,
        tokensPerDay: v.TOKENS_PER_DAY,
        costPerDay: v.COST_PER_DAY,
      }),
    }),
    perUser: quotas({
      sessionsAtOnce: v.MAX_SESSIONS_PER_USER ?? (accounts ? 5 : 0),
      uploadsAtOnce: v.MAX_UPLOADS_PER_USER ?? (accounts ? 4 : 0),
      sessionsPerHour: v.SESSIONS_PER_HOUR ?? (accounts ? 60 : 0),
      requestsPerMinute: v.REQUESTS_PER_MINUTE ?? (accounts ? 300 : 0),
      audioSecondsPerDay: (v.AUDIO_MINUTES_PER_DAY ?? 0) * 60,
      tokensPerDay: v.TOKENS_PER_DAY,
      costPerDay: v.COST_PER_DAY,
    }),
    perApplication: quotas({
      sessionsAtOnce: v.MAX_SESSIONS_PER_APPLICATION ?? (accounts ? 50 : 0),
      uploadsAtOnce: applicationFactor * (v.MAX_UPLOADS_PER_USER ?? (accounts ? 4 : 0)),
      sessionsPerHour: applicationFactor * (v.SESSIONS_PER_HOUR ?? (accounts ? 60 : 0)),
      requestsPerMinute: applicationFactor * (v.REQUESTS_PER_MINUTE ?? (accounts ? 300 : 0)),
    }),
    perAddress: quotas({
      sessionsAtOnce: v.MAX_SESSIONS_PER_ADDRESS ?? (accounts ? 50 : 0),
      uploadsAtOnce: v.MAX_UPLOADS_PER_ADDRESS ?? (accounts ? 8 : 0),
      sessionsPerHour: v.SESSIONS_PER_HOUR_PER_ADDRESS ?? (accounts ? 300 : 0),
      requestsPerMinute: v.REQUESTS_PER_MINUTE_PER_ADDRESS ?? (accounts ? 1200 : 0),
    }),
    uploadsAtOnce: v.MAX_UPLOADS,
    conversationBytesPerUser: (v.MAX_CONVERSATION_BYTES_PER_USER ?? (accounts ? 16_777_216 : 0)) || undefined,
    mostFailures: v.SIGN_IN_FAILURES,
  };
}

/** Drops figures that set no limit. */
function quotas(figures: { readonly [Name in keyof Quotas]: number | undefined }): Quotas {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined && value > 0));
}
