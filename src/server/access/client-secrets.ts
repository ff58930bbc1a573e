/** Client secrets (`ek_…`): short-lived signed tokens for browsers, of which nothing is stored. */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { z } from "zod";
import type { Clock } from "../../lib/clock.ts";
import { createFile } from "../../lib/durable-files.ts";
import { newSecret } from "../../lib/ids.ts";
import type { SessionUpdate } from "../../protocol/session-config.ts";
import type { Quotas } from "../config/access-settings.ts";
import { type SecretScope, secretScopes } from "./principal.ts";

/** Scopes of a client secret whose maker names none. */
export const defaultSecretScopes = ["read", "talk"] as const satisfies readonly SecretScope[];

/** The claims of a token. Whether its key or sign-in is still valid is checked by the identity chain. */
export interface SecretBearer {
  /** Id of the token, by which its usage is counted; left out when it is made. */
  readonly secretId?: string;
  readonly ownerId: string;
  /** The persona of its sessions; absent: the default one. */
  readonly persona?: string;
  /** Absent: `defaultSecretScopes`. */
  readonly scopes?: readonly SecretScope[];
  /**
   * The maker's name of the end user: secrets with one name make and reach the same sessions. Absent: the token's own
   * sessions alone.
   */
  readonly user?: string;
  /** The API key it was made with. */
  readonly keyId?: string;
  /** The sign-in it was made with. */
  readonly signInId?: string;
  /** The token's own limits, below those of its key and its user. */
  readonly limits?: Quotas;
  /** Initial settings of its sessions, as by a `session.update`. */
  readonly session?: SessionUpdate;
  /** Whether clients may not change those settings. */
  readonly sessionFixed?: boolean;
}

export interface ClientSecrets {
  /**
   * Makes a token valid for `seconds` (1 or more). `expiresAt`: seconds since the epoch. A token that its `session` makes
   * longer than `longestSecret` cannot be read.
   */
  make(bearer: SecretBearer & { readonly seconds: number }): {
    readonly value: string;
    readonly secretId: string;
    readonly expiresAt: number;
  };
  /**
   * Reads a token's claims; `expired`: it was valid once, or under another `AUTH_SECRET`, as far as can be told; undefined:
   * it was never issued.
   */
  read(token: string): SecretBearer | "expired" | undefined;
}

/** Prefix of every token. */
export const secretPrefix = "ek_";

/** Digits of a SHA-256 in base64url. */
const macLength = 43;
/** Longest token that is read, characters: half of what a request's headers may hold. */
export const longestSecret = 8192;

const claimsSchema = z.strictObject({
  n: z.string(),
  o: z.string(),
  u: z.string().optional(),
  p: z.string().optional(),
  s: z.array(z.enum(secretScopes)).optional(),
  k: z.string().optional(),
  i: z.string().optional(),
  l: z.record(z.string(), z.number()).optional(),
  f: z.boolean().optional(),
  e: z.number(),
});

/** Makes and reads tokens. `key`: 32 random bytes, the same for all nodes (see `readSigningKey`). */
export function openClientSecrets(key: Uint8Array, clock: Clock): ClientSecrets {
  const sign = (claims: string) => createHmac("sha256", key).update(claims).digest("base64url");
  return {
    make({ ownerId, user, persona, scopes, keyId, signInId, limits, session, sessionFixed, seconds }) {
      const expiresAt = Math.floor(clock.wallTime() / 1000) + seconds;
      const n = newSecret();
      const fields = {
        n,
        o: ownerId,
        u: user,
        p: persona,
        s: scopes,
        k: keyId,
        i: signInId,
        l: limits,
        f: sessionFixed,
        e: expiresAt,
      };
      const claims = Buffer.from(JSON.stringify(fields)).toString("base64url");
      const signed = session ? `${claims}.${pack(session)}` : claims;
      return { value: `${secretPrefix}${signed}${sign(signed)}`, secretId: n, expiresAt };
    },
    read(token) {
      if (!token.startsWith(secretPrefix) || token.length > longestSecret) return undefined;
      const signed = token.slice(secretPrefix.length, -macLength);
      const mac = Buffer.from(token.slice(-macLength));
      const expected = Buffer.from(sign(signed));
      const [claims = "", session] = signed.split(".");
      const read = readClaims(claims);
      if (mac.length !== expected.length || !timingSafeEqual(mac, expected) || !read)
        return read && "expired";
      const { n, o, u, p, s, k, i, l, f, e } = read;
      if (clock.wallTime() >= e * 1000) return "expired";
      return {
        secretId: n,
        ownerId: o,
        user: u,
        persona: p,
        scopes: s,
        keyId: k,
        signInId: i,
        limits: l as Quotas | undefined,
        session: session === undefined ? undefined : unpack(session),
        sessionFixed: f,
      };
    },
  };
}

/** Reads claims, signed or not; undefined: there are none. */
function readClaims(text: string): z.infer<typeof claimsSchema> | undefined {
  try {
    return claimsSchema.safeParse(JSON.parse(Buffer.from(text, "base64url").toString())).data;
  } catch {
    return undefined;
  }
}

/** Returns the end user of a maker's name (`SessionRecord.endUser`). */
export function namedEndUser(user: string): string {
  return `user:${user}`;
}

/** Returns the maker's name of an end user; undefined where its maker gave it none. */
export function nameOfEndUser(endUser: string | undefined): string | undefined {
  return endUser?.startsWith("user:") ? endUser.slice("user:".length) : undefined;
}

/** Packs a session's settings into few characters that are allowed in headers and sub-protocols. */
function pack(session: SessionUpdate): string {
  return deflateRawSync(JSON.stringify(session)).toString("base64url");
}

/** Unpacks settings of a token whose signature was verified. */
function unpack(packed: string): SessionUpdate {
  return JSON.parse(inflateRawSync(Buffer.from(packed, "base64url")).toString());
}

/**
 * Returns the key that tokens are signed with: derived from `secret`, which all nodes may share, or else from a random
 * secret in `dataDir`, made on the first start.
 * @throws the file system's error
 */
export async function readSigningKey(dataDir: string, secret?: string): Promise<Uint8Array> {
  const path = join(dataDir, "signing.key");
  const root = secret ?? (await readOrMake(path));
  return new Uint8Array(hkdfSync("sha256", root, "", "kuku client secrets", 32));
}

/** Length below which a secret in the file is damage. */
const shortestSecret = 32;

/** Reads the secret, or makes it. Of two processes that start at once, one makes it, and both read that. */
async function readOrMake(path: string): Promise<string> {
  const known = await readFile(path, "utf8").catch(orMissing);
  if (known === undefined) await createFile(path, newSecret() + newSecret());
  const secret = known ?? (await readFile(path, "utf8"));
  // Tokens signed with an empty or zeroed secret could be made by anybody.
  if (secret.length < shortestSecret || secret.includes("\0"))
    throw new Error(
      `${path} is damaged; restore it from a backup, or delete it, and everybody signs in again`,
    );
  return secret;
}

function orMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
