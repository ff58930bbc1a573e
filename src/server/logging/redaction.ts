/** Keeps speech, conversation text, secrets and e-mail addresses out of the log. */

const censor = "[redacted]";

/** Field names whose values are speech, text of the conversation or secrets; compared in lower case without `-` and `_`. */
const privateFields = new Set(
  [
    // Secrets.
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "sec-websocket-protocol",
    "sec-websocket-key",
    "api_key",
    "openai_api_key",
    "key",
    "private_key",
    "token",
    "access_token",
    "client_secret",
    "secret",
    "password",
    "resume",
    "credentials",
    "protocols",
    "signature",
    "otp",
    // Whom mails go to, and what they say.
    "email",
    "mail",
    "to",
    "cc",
    "bcc",
    "reply_to",
    "recipient",
    "recipients",
    "envelope",
    "subject",
    // Speech and what was said.
    "audio",
    "pcm",
    "bytes",
    "delta",
    "transcript",
    "partial",
    "text",
    "spoken",
    "sentence",
    "heard",
    "expected",
    "words",
    "instructions",
    "prompt",
    "content",
    "input",
    "output",
    "items",
    "arguments",
    "hint",
    "reading",
  ].map(normalize),
);

/** Endings of field names that hold secrets: `newPassword`, `session_token`, `metricsToken`. */
const privateEnds = ["password", "token", "secret", "cookie", "apikey", "email"];

/** Patterns of secrets anywhere in a text. Lengths are bounded so that matching stays linear. */
const secretPatterns: readonly [RegExp, string][] = [
  [/(openai-insecure-api-key\.)[^\s",;\\]+/gi, `$1${censor}`],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+/gi, `$1 ${censor}`],
  // A client secret that carries a session's settings has a second part.
  [/\b(sk|ek|kk)[-_][A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]{8,})?/g, `$1-${censor}`],
  [
    /([?&](?:token|key|code|state|api[-_]?key|access[-_]?token|client[-_]?secret|secret|signature|password|email|resume|session[-_]?id)=)[^&\s"\\]+/gi,
    `$1${censor}`,
  ],
  // Links in mails that have their token in the path.
  [/(\/(?:reset-password|verify-email|delete-user\/callback)\/)[^\s?#"'<>\\]+/gi, `$1${censor}`],
  // Cookies: a whole header, or one of this server's by its name.
  [/\b((?:set-)?cookie\s*:\s*)[^\r\n"\\]+/gi, `$1${censor}`],
  [/\b((?:__(?:Host|Secure)-|better-auth[._]|kuku[._-])[\w.-]{0,80}=)[^\s;,"\\]+/gi, `$1${censor}`],
  // User and password in the URL of a database or a mail server.
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"'\\]{1,400}@/gi, `$1${censor}@`],
  // An e-mail address.
  [
    /[^\s@"'`<>()[\]{},;:/\\=&?]{1,64}(?:@|%40)[^\s@"'`<>()[\]{},;:/\\=&?%]{1,200}\.[^\s@"'`<>()[\]{},;:/\\=&?%\d.]{2,24}/gi,
    censor,
  ],
];

function normalize(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, "");
}

/** Copies `value` for the log: private fields censored at any depth, buffers and long lists by their size only. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return scrub(value);
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (depth > 6) return "[deep]";
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.slice(0, 50).map((entry) => redact(entry, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(value))
    copy[name] = isPrivate(normalize(name)) && entry !== undefined ? censor : redact(entry, depth + 1);
  return copy;
}

function isPrivate(name: string): boolean {
  return privateFields.has(name) || privateEnds.some((end) => name.endsWith(end));
}

/** An error's own fields may quote what a client or a vendor sent, so only its kind, message and stack are kept. */
function redactError(error: Error, depth: number): Record<string, unknown> {
  const { code } = error as NodeJS.ErrnoException;
  return {
    type: error.name,
    message: scrub(error.message),
    stack: scrub(error.stack ?? ""),
    code,
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}

/** Replaces secrets in a text, found by their patterns. */
export function scrub(text: string): string {
  let clean = text;
  for (const [pattern, replacement] of secretPatterns) clean = clean.replaceAll(pattern, replacement);
  return clean;
}
