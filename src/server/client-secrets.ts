/** Short-lived tokens for browsers (`ek_…`): nothing of them is kept, they are signed. */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "../lib/clock.ts";
import { newSecret } from "../lib/ids.ts";
import { type Authenticate, type Principal, Refused } from "./admission.ts";

/** What a token is good for. */
export interface SecretBearer {
  readonly ownerId: string;
  /** The persona its sessions are opened with; absent: the default one. */
  readonly persona?: string;
}

export interface ClientSecrets {
  /** A new token, good for `seconds` (1 or more). `expiresAt`: seconds since the epoch. */
  make(bearer: SecretBearer & { readonly seconds: number }): {
    readonly value: string;
    readonly expiresAt: number;
  };
  /** Whom a token stands for; undefined: it is none of ours, was changed, or has expired. */
  read(token: string): SecretBearer | undefined;
}

/** How every token begins. */
export const secretPrefix = "ek_";

/** Digits of a SHA-256 in base64url. */
const macLength = 43;
/** Longest token that is looked at. */
const longest = 1024;

const claimsSchema = z.strictObject({ o: z.string(), p: z.string().optional(), e: z.number() });

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
    make({ ownerId, persona, seconds }) {
      const expiresAt = Math.floor(clock.wallTime() / 1000) + seconds;
      const claims = Buffer.from(JSON.stringify({ o: ownerId, p: persona, e: expiresAt })).toString(
        "base64url",
      );
      return { value: `${secretPrefix}${claims}${sign(claims)}`, expiresAt };
    },
    read(token) {
      if (!token.startsWith(secretPrefix) || token.length > longest) return undefined;
      const claims = token.slice(secretPrefix.length, -macLength);
      const mac = Buffer.from(token.slice(-macLength));
      const right = Buffer.from(sign(claims));
      if (mac.length !== right.length || !timingSafeEqual(mac, right)) return undefined;
      const { o, p, e } = claimsSchema.parse(JSON.parse(Buffer.from(claims, "base64url").toString()));
      if (clock.wallTime() >= e * 1000) return undefined;
      return { ownerId: o, ...(p !== undefined && { persona: p }) };
    },
  };
}

/** Whoever shows a token is its user; one that is wrong or expired is refused; without one `fallback` decides. */
export function authenticateWith(secrets: ClientSecrets, fallback: Authenticate): Authenticate {
  return async (credentials, signal): Promise<Principal> => {
    const { token } = credentials;
    if (!token?.startsWith(secretPrefix)) return fallback(credentials, signal);
    const bearer = secrets.read(token);
    if (!bearer)
      throw new Refused("invalid_credentials", "This client secret is not known here, or has expired.");
    const { ownerId, persona } = bearer;
    return { id: ownerId, ...(persona !== undefined && { persona }) };
  };
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
