/** Short-lived tokens for browsers (`ek_…`): nothing of them is kept, they are signed. */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { z } from "zod";
import type { Clock } from "../../lib/clock.ts";
import { newSecret } from "../../lib/ids.ts";
import type { SessionUpdate } from "../../protocol/session-config.ts";
import type { Quotas } from "../config/access-settings.ts";
import type { Scope } from "./principal.ts";

/** What a token can be for at most. */
export const secretScopes = ["read", "talk"] as const satisfies readonly Scope[];
type SecretScope = (typeof secretScopes)[number];

/** What a token is good for. Whether what it was made with still is, is for others to say. */
export interface SecretBearer {
  /** Names the token, so that what it uses can be counted for itself; left out when it is made. */
  readonly secretId?: string;
  readonly ownerId: string;
  /** The persona its sessions are opened with; absent: the default one. */
  readonly persona?: string;
  /** Absent: all of `secretScopes`. */
  readonly scopes?: readonly SecretScope[];
  /** The API key it was made with. */
  readonly keyId?: string;
  /** Where its maker was signed in. */
  readonly signInId?: string;
  /** Its own, below those of its key and its user. */
  readonly limits?: Quotas;
  /** What its sockets' new sessions begin with, as by a `session.update`. */
  readonly session?: SessionUpdate;
}

export interface ClientSecrets {
  /**
   * A new token, good for `seconds` (1 or more). `expiresAt`: seconds since the epoch. One longer than `longestSecret`,
   * by what its session holds, is read by nobody.
   */
  make(bearer: SecretBearer & { readonly seconds: number }): {
    readonly value: string;
    readonly expiresAt: number;
  };
  /** Whom a token stands for; `expired`: whom it stood for; undefined: it is none of ours, or was changed. */
  read(token: string): SecretBearer | "expired" | undefined;
}

/** How every token begins. */
export const secretPrefix = "ek_";

/** Digits of a SHA-256 in base64url. */
const macLength = 43;
/** Longest token that is looked at, characters: half of what a request's headers may hold. */
export const longestSecret = 8192;

const claimsSchema = z.strictObject({
  n: z.string(),
  o: z.string(),
  p: z.string().optional(),
  s: z.array(z.enum(secretScopes)).optional(),
  k: z.string().optional(),
  i: z.string().optional(),
  l: z.record(z.string(), z.number()).optional(),
  e: z.number(),
});

/** Makes and reads tokens. `key`: 32 random bytes, the same for all nodes (see `readSigningKey`). */
export function openClientSecrets({
  key,
  clock,
}: {
  readonly key: Uint8Array;
  readonly clock: Clock;
}): ClientSecrets {
  const sign = (claims: string) => createHmac("sha256", key).update(claims).digest("base64url");
  return {
    make({ ownerId, persona, scopes, keyId, signInId, limits, session, seconds }) {
      const expiresAt = Math.floor(clock.wallTime() / 1000) + seconds;
      const n = newSecret();
      const told = { n, o: ownerId, p: persona, s: scopes, k: keyId, i: signInId, l: limits, e: expiresAt };
      const claims = Buffer.from(JSON.stringify(told)).toString("base64url");
      const signed = session ? `${claims}.${pack(session)}` : claims;
      return { value: `${secretPrefix}${signed}${sign(signed)}`, expiresAt };
    },
    read(token) {
      if (!token.startsWith(secretPrefix) || token.length > longestSecret) return undefined;
      const signed = token.slice(secretPrefix.length, -macLength);
      const mac = Buffer.from(token.slice(-macLength));
      const right = Buffer.from(sign(signed));
      if (mac.length !== right.length || !timingSafeEqual(mac, right)) return undefined;
      const [claims = "", session] = signed.split(".");
      const { n, o, p, s, k, i, l, e } = claimsSchema.parse(
        JSON.parse(Buffer.from(claims, "base64url").toString()),
      );
      if (clock.wallTime() >= e * 1000) return "expired";
      return {
        secretId: n,
        ownerId: o,
        ...(p !== undefined && { persona: p }),
        ...(s && { scopes: s }),
        ...(k !== undefined && { keyId: k }),
        ...(i !== undefined && { signInId: i }),
        ...(l && { limits: l as Quotas }),
        ...(session !== undefined && { session: unpack(session) }),
      };
    },
  };
}

/** A session's settings in few characters that headers and sub-protocols take as they are. */
function pack(session: SessionUpdate): string {
  return deflateRawSync(JSON.stringify(session)).toString("base64url");
}

/** Of a token whose signature was found good. */
function unpack(packed: string): SessionUpdate {
  return JSON.parse(inflateRawSync(Buffer.from(packed, "base64url")).toString());
}

/**
 * The key that tokens are signed with: derived from `secret` where there is one, which all nodes can be given; otherwise
 * kept in `dataDir`, made on the first start.
 * @throws the file system's error
 */
export async function readSigningKey(dataDir: string, secret?: string): Promise<Uint8Array> {
  const path = join(dataDir, "signing.key");
  const root = secret ?? (await readOrMake(path, dataDir));
  return new Uint8Array(hkdfSync("sha256", root, "", "kuku client secrets", 32));
}

/** A file of a killed process is there whole or not at all. */
async function readOrMake(path: string, folder: string): Promise<string> {
  const known = await readFile(path, "utf8").catch(orMissing);
  if (known) return known;
  await mkdir(folder, { recursive: true });
  const draft = `${path}.${newSecret()}`;
  await writeFile(draft, newSecret() + newSecret(), { mode: 0o600, flag: "wx", flush: true });
  // Of two processes that start at once, one is first, and both read what it wrote.
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await rm(draft);
  return readFile(path, "utf8");
}

function orMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
