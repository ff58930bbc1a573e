/** The words after `kuku`, read into what to do. Pure. */
import { parseArgs } from "node:util";
import { isReadable } from "../../protocol/readable-text.ts";
import type { KukuSession } from "../../protocol/session-config.ts";
import { isServerAddress, localServer } from "../address.ts";
import {
  type ReportArguments,
  readReportArguments,
  reportHelp,
  type SessionsArguments,
} from "./report-arguments.ts";

export interface TalkArguments {
  readonly command: "talk";
  readonly file: string;
  readonly url: string;
  readonly persona: string;
  /** The drill to practise, for a persona with drills; absent: the persona's first. */
  readonly drill?: NonNullable<KukuSession["drill"]>;
  /** BCP 47. */
  readonly language?: string;
  /** Turn-taking preset; undefined: the persona's. */
  readonly turns?: "server" | "semantic" | "push";
  /** Path of the WAV file for the reply. */
  readonly out?: string;
  readonly token?: string;
  readonly json: boolean;
  readonly fast: boolean;
  readonly insecure: boolean;
  /** Hear the persona's greeting out before speaking; false: cut it short. */
  readonly greeting: boolean;
  /** Longest wait for the reply once the recording is over, ms. */
  readonly timeoutMs: number;
}

export type Arguments =
  | TalkArguments
  | ReportArguments
  | SessionsArguments
  | { readonly command: "help" }
  /** The mistake, in words for people. */
  | { readonly command: "usage"; readonly message: string };

export const help = `kuku talk FILE.wav [options]

Speaks a recording to a running Kuku Coach in real time and shows what comes back.
FILE.wav: 16-bit PCM, mono or stereo, any rate from 8 to 192 kHz.

  --url URL           the server (default http://127.0.0.1:8000)
  --persona NAME      kuku (a conversation, the default), interviewer (a mock interview),
                      presenter (the rehearsal of a talk), reader (drills), or one of the server's own
  --language TAG      language spoken, such as en-US or fr-FR
  --turns HOW         what ends the turn: server (silence), semantic, or push (push to talk);
                      default: as the persona does
  --no-greeting       do not wait for the persona's greeting
  --out REPLY.wav     save the reply's audio
  --fast              four times real time
  --timeout SECONDS   longest wait for the server to begin, and to reply (default 30)
  --token TOKEN       credentials, where the server asks for them
  --insecure          accept a self-made certificate
  --json              one JSON object a line, the last one the result
  --help              this

What the reader practises; each of these implies --persona reader:
  --drill KIND        sentence (read it, the default), pairs (say the one of two words that is asked for),
                      pacing (read at a rate, or pause at the dots), or prosody (stress, melody, phrases)
  --level 1|2|3       from easy to hard
  --focus SOUND       a sound as it is spelt, such as th or r/l; of pacing: rate or pause; of
                      prosody: stress, emphasis, contour or pauses
  --text "SENTENCE"   one of your own to read, for sentence and pacing; … is where to pause

Exit code: 0 a reply came; 1 the turn failed (nothing heard, no server, an error); 2 wrong usage or file.
Start a server with: kuku start (in a clone npm start); kuku admin --help tells of its accounts.
Neural ears and voices for it: kuku models --help

${reportHelp}`;

const options = {
  url: { type: "string", default: localServer },
  persona: { type: "string" },
  drill: { type: "string" },
  level: { type: "string" },
  focus: { type: "string" },
  text: { type: "string" },
  language: { type: "string" },
  turns: { type: "string" },
  out: { type: "string" },
  token: { type: "string" },
  timeout: { type: "string", default: "30" },
  greeting: { type: "boolean", default: true },
  json: { type: "boolean", default: false },
  fast: { type: "boolean", default: false },
  insecure: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Kinds of drill, as typed and on the wire. */
const drillKinds = {
  sentence: "sentence",
  pairs: "minimal_pairs",
  pacing: "pacing",
  prosody: "prosody",
} as const;

type Parsed = ReturnType<typeof parse>;

function parse(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options, allowPositionals: true, allowNegative: true });
}

function complaint({ values, positionals }: Parsed): string | undefined {
  const [command, file, ...rest] = positionals;
  if (command === undefined) return "say what to do: kuku talk FILE.wav";
  if (command !== "talk") return `there is no command "${command}"`;
  if (file === undefined) return "which recording? kuku talk FILE.wav";
  if (rest.length > 0) return `one recording at a time: "${rest[0]}" is one too many`;
  if (!isServerAddress(values.url)) return `--url: "${values.url}" is no http:, https:, ws: or wss: address`;
  if (values.turns !== undefined && !["server", "semantic", "push"].includes(values.turns))
    return `--turns: "${values.turns}" is none of server, semantic, push`;
  if (!(Number(values.timeout) > 0)) return `--timeout: "${values.timeout}" is no number of seconds`;
  if (values.text !== undefined && !isReadable(values.text))
    return `--text: nothing in "${values.text}" can be read aloud; a text needs a word or a number`;
  return drillComplaint(values);
}

function drillComplaint({ drill, level, focus, text }: Parsed["values"]): string | undefined {
  if (drill !== undefined && !Object.hasOwn(drillKinds, drill))
    return `--drill: "${drill}" is none of ${Object.keys(drillKinds).join(", ")}`;
  if (level !== undefined && !/^[123]$/.test(level)) return `--level: "${level}" is none of 1, 2, 3`;
  if (focus?.trim() === "") return "--focus: the sound is empty";
  if (text === undefined) return undefined;
  if (drill === "pairs") return "--text: pairs come from the drill's own list";
  if (level !== undefined || focus !== undefined)
    return "--text: one of your own has no --level and no --focus";
  return undefined;
}

/** The drill settings among the arguments; undefined: none. */
function readDrill({ drill, level, focus, text }: Parsed["values"]): TalkArguments["drill"] {
  const asked = {
    ...(drill !== undefined && { kind: drillKinds[drill as keyof typeof drillKinds] }),
    ...(level !== undefined && { level: Number(level) }),
    ...(focus !== undefined && { focus }),
    ...(text !== undefined && { text }),
  };
  return Object.keys(asked).length > 0 ? asked : undefined;
}

/** Reads the arguments; anything not understood is said, never passed over. */
export function readArguments(argv: readonly string[]): Arguments {
  const [first, ...rest] = argv;
  if (first === "report" || first === "sessions")
    return rest.some((word) => word === "--help" || word === "-h")
      ? { command: "help" }
      : readReportArguments(first, rest);
  let parsed: Parsed;
  try {
    parsed = parse(argv);
  } catch (error) {
    return { command: "usage", message: (error as Error).message.split(". ")[0] ?? "" };
  }
  const { values, positionals } = parsed;
  if (values.help || positionals[0] === "help") return { command: "help" };
  const message = complaint(parsed);
  if (message !== undefined) return { command: "usage", message };
  const { language, out, token, json, fast, insecure, greeting } = values;
  const drill = readDrill(values);
  return {
    command: "talk",
    file: positionals[1] as string,
    url: values.url,
    persona: values.persona ?? (drill === undefined ? "kuku" : "reader"),
    timeoutMs: Number(values.timeout) * 1000,
    json,
    fast,
    insecure,
    greeting,
    drill,
    language,
    out,
    token,
    turns: values.turns as "server" | "semantic" | "push" | undefined,
  };
}
