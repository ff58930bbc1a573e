/** A certificate made on the spot for `--tls`, so that a phone's browser gives its microphone. For trying, not for the world. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";
import type { Clock } from "../../lib/clock.ts";
import { makeFolder, replaceFile } from "../../lib/durable-files.ts";
import { lanAddresses } from "../net/addresses.ts";

const dayMs = 86_400_000;
/** Browsers refuse certificates that hold longer than this. */
const lifeDays = 397;

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * The certificate kept in `dataDir`/tls, or a new one where there is none, or it no longer fits this machine's names and
 * addresses, does not fit its key, or has under a day to live.
 * @throws the file system's error, when the folder cannot be written
 */
export async function ownCertificate(dataDir: string, clock: Clock): Promise<Certificate> {
  const folder = join(dataDir, "tls");
  const certFile = join(folder, "cert.pem");
  const keyFile = join(folder, "key.pem");
  const names = ["localhost", hostname(), "127.0.0.1", "::1", ...lanAddresses()];
  if (existsSync(certFile) && existsSync(keyFile)) {
    const kept = { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
    if (stillGood(kept, names, clock.wallTime())) return kept;
  }
  const made = await makeCertificate(names, clock.wallTime());
  await makeFolder(folder, 0o700);
  await replaceFile(keyFile, made.key);
  await replaceFile(certFile, made.cert, 0o644);
  return made;
}

async function makeCertificate(names: readonly string[], now: number): Promise<Certificate> {
  const made = await generate([{ name: "commonName", value: "Kuku Coach (self-signed)" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: new Date(now - dayMs),
    notAfterDate: new Date(now + (lifeDays - 1) * dayMs),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}

function stillGood(kept: Certificate, names: readonly string[], now: number): boolean {
  try {
    const cert = new X509Certificate(kept.cert);
    // A start that was killed between the two files has left a pair that does not fit.
    if (!cert.checkPrivateKey(createPrivateKey(kept.key))) return false;
    if (cert.validToDate.getTime() < now + dayMs || cert.validFromDate.getTime() > now) return false;
    return names.every(
      (name) => (isIP(name) === 0 ? cert.checkHost(name) : cert.checkIP(name)) !== undefined,
    );
  } catch {
    return false;
  }
}
