/** Settings of the storage: database, audio files, and retention times. */
import { z } from "zod";
import { httpUrl, optional, positive, secret, setting, upTo, type ValuesOf, whole } from "./setting.ts";

const isPostgres = (text: string) => URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol);

/** In the order of `.env.example`. */
export const storageSettings = {
  DATABASE_URL: secret(
    "PostgreSQL to keep sessions in, postgres://…; left out: an embedded one in DATA_DIR.",
    z.string().refine(isPostgres, { message: "must be a postgres:// URL" }),
  ),
  AUDIO_STORE: optional(
    "Where audio is kept: a folder, or s3://bucket/prefix; left out: DATA_DIR/audio.",
    z.string().min(1),
  ),
  S3_ENDPOINT: optional("Of an S3-compatible server; left out: Amazon's.", httpUrl()),
  S3_REGION: setting("Its region.", "us-east-1", z.string().min(1)),
  S3_ACCESS_KEY_ID: secret("Key for it; left out: what the machine provides."),
  S3_SECRET_ACCESS_KEY: secret("Its secret."),
  REPLY_AUDIO_HOURS: setting("How long a reply's audio can be fetched.", "24", positive(87_600)),
  RECORDING_DAYS: setting("How long a recording is kept, where a user agreed to one.", "30", positive(3650)),
  SESSION_IDLE_HOURS: setting(
    "A session made over REST in which nothing happens for so long is ended.",
    "24",
    positive(87_600),
  ),
  SESSION_AGE_HOURS: setting("A session older than this is ended.", "168", positive(87_600)),
  AUDIT_DAYS: setting("How long rows of the audit are kept; 0: for ever.", "365", upTo(36_500)),
  UNCONFIRMED_ACCOUNT_DAYS: setting(
    "An account whose e-mail address was not confirmed for so long is removed, with VERIFY_EMAIL=1; 0: never.",
    "7",
    upTo(3650),
  ),
  RESUME_GRACE_SECONDS: setting(
    "How long a session waits for a socket that was lost; 0: not at all.",
    "60",
    upTo(3600),
  ),
  MAX_UPLOAD_BYTES: setting(
    "Largest recording that may be uploaded.",
    "26214400",
    whole(1024, 1_073_741_824),
  ),
  MAX_UPLOAD_SECONDS: setting("Longest one.", "60", positive(3600)),
};

type Values = ValuesOf<typeof storageSettings>;

/** Storage locations and retention times, ms. */
export interface StorageConfig {
  /** Undefined: embedded. */
  readonly databaseUrl?: string;
  /** A folder, or `s3://bucket/prefix`. */
  readonly audioStore: string;
  readonly s3: {
    readonly endpoint?: string;
    readonly region: string;
    readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  readonly replyAudioMs: number;
  readonly recordingMs: number;
  readonly sessionIdleMs: number;
  readonly sessionAgeMs: number;
  /** Undefined: for ever. */
  readonly auditMs?: number;
  readonly unconfirmedMs?: number;
  readonly graceMs: number;
  readonly maxUploadBytes: number;
  readonly maxUploadMs: number;
}

/** Describes what the values contradict each other in; undefined: nothing. */
export function storageProblem({
  S3_ACCESS_KEY_ID: id,
  S3_SECRET_ACCESS_KEY: secret,
}: Values): string | undefined {
  if (id !== undefined && secret === undefined)
    return "S3_SECRET_ACCESS_KEY: must be set when S3_ACCESS_KEY_ID is";
  if (id === undefined && secret !== undefined)
    return "S3_ACCESS_KEY_ID: must be set when S3_SECRET_ACCESS_KEY is";
  return undefined;
}

const hourMs = 3_600_000;

/** Makes the storage configuration from checked values. */
export function readStorage(v: Values, dataDir: string): StorageConfig {
  const { S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = v;
  const credentials =
    S3_ACCESS_KEY_ID !== undefined && S3_SECRET_ACCESS_KEY !== undefined
      ? { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY }
      : undefined;
  return {
    databaseUrl: v.DATABASE_URL,
    audioStore: v.AUDIO_STORE ?? `${dataDir}/audio`,
    s3: { endpoint: S3_ENDPOINT, region: v.S3_REGION, credentials },
    replyAudioMs: v.REPLY_AUDIO_HOURS * hourMs,
    recordingMs: v.RECORDING_DAYS * 24 * hourMs,
    sessionIdleMs: v.SESSION_IDLE_HOURS * hourMs,
    sessionAgeMs: v.SESSION_AGE_HOURS * hourMs,
    auditMs: v.AUDIT_DAYS * 24 * hourMs || undefined,
    unconfirmedMs: v.UNCONFIRMED_ACCOUNT_DAYS * 24 * hourMs || undefined,
    graceMs: v.RESUME_GRACE_SECONDS * 1000,
    maxUploadBytes: v.MAX_UPLOAD_BYTES,
    maxUploadMs: v.MAX_UPLOAD_SECONDS * 1000,
  };
}
