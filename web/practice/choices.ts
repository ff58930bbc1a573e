/** What the visitor chose and where they stopped, kept in the browser. */
import type { DrillKind } from "./drill-choices.ts";

/** What to practise. */
export interface Choices {
  readonly persona: string;
  /** BCP 47; absent: as it fits. */
  readonly language?: string | undefined;
  readonly kind: DrillKind;
  readonly focus: string;
  /** Absent: any. */
  readonly level?: number | undefined;
  readonly ownText: string;
  readonly handsFree: boolean;
  /** Whether what the coach says is shown as well. */
  readonly captions: boolean;
  /** Of the coach's voice; 1 is its own. */
  readonly speed: number;
  /** One of the server's; absent: the persona's own. */
  readonly voice?: string | undefined;
  /** Name of a device, since browsers change ids between visits; absent: the default one. */
  readonly microphone?: string | undefined;
}

/** The session that was begun last, and not ended. */
export interface OpenSession {
  readonly sessionId: string;
  readonly persona: string;
  readonly language: string;
  /** ISO 8601. */
  readonly begunAt: string;
}

const keys = {
  choices: "kuku.choices",
  open: "kuku.open",
  microphone: "kuku.microphone",
};

const noChoices: Choices = {
  persona: "reader",
  kind: "sentence",
  focus: "",
  ownText: "",
  handsFree: false,
  captions: true,
  speed: 1,
};

function read(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function write(key: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing: the next visit begins anew.
  }
}

export function readChoices(): Choices {
  return { ...noChoices, ...(read(keys.choices) as Partial<Choices> | null) };
}

/** A text of one's own is for this visit. */
export function keepChoices(choices: Choices): void {
  write(keys.choices, { ...choices, ownText: "" });
}

export function readOpenSession(): OpenSession | undefined {
  return (read(keys.open) as OpenSession | null) ?? undefined;
}

export function keepOpenSession(session: OpenSession | undefined): void {
  write(keys.open, session);
}

/** Whether the microphone check has been passed or passed over. */
export const knowsMicrophone = () => read(keys.microphone) === true;
export const noteMicrophone = () => write(keys.microphone, true);
