/** All that somebody can have made, their words in all of it. */
import { newAudioKey } from "../../../src/store/objects/keys.ts";
import type { AudioRecord } from "../../../src/store/records.ts";
import { fixture } from "../../support/rest.ts";
import type { AnyEvent } from "../support.ts";

/** Stands in everything that the owner said, wrote or named. */
export const marker = "quokka7741";

/** Stands in everything that an end user of the owner's application said or wrote. */
export const userMarker = "wombat3318";

/** A persona without its id. */
export const aPersona = {
  name: `Coach ${marker}`,
  flow: "interview",
  language: "en-US",
  voices: ["default"],
  greets: true,
  turnTaking: "patient",
  questions: { en: [`What of your ${marker}?`, "How do you take a no?"] },
  instructions: `You talk about ${marker}, and react briefly.`,
};

/** Sessions, and what came of them. */
export interface Talks {
  /** A session that goes on. */
  readonly open: string;
  /** One that has ended, with its report, its rating, its action, its recording. */
  readonly over: string;
  readonly action: string;
  /** A message in `open`, and the key of its spoken answer. */
  readonly message: string;
  readonly voice: string;
  /** The key of the recording of `over`. */
  readonly recording: string;
}

/** What there is of the owner, by name. */
export interface Things extends Talks {
  /** The account, and somebody else's whom nobody misses. */
  readonly owner: string;
  readonly spare: string;
  /** This process. */
  readonly node: string;
  /** What there is of Alice, an end user of the owner's. */
  readonly user: Talks;
  readonly persona: string;
  readonly persona2: string;
  readonly key: string;
  readonly key2: string;
  /** A place where the owner is signed in. */
  readonly signIn: string;
}

/** Asks as the owner: the answer's data. @throws Error for any other answer */
export type AsOwner = (method: string, path: string, json?: unknown) => Promise<AnyEvent>;

/** Stores audio of a session. */
export type KeepAudio = (session: string, audio: AudioRecord, bytes: Uint8Array) => Promise<void>;

/** Begins a session and says something in it, with the marker in it. */
export async function newSession(
  asOwner: AsOwner,
  mark = marker,
): Promise<{ id: string; messages: AnyEvent[] }> {
  const { sessionId: id } = await asOwner("POST", "/api/sessions");
  const text = `My ${mark} is on my mind.`;
  const { messages } = await asOwner("POST", `/api/sessions/${id}/messages`, { text });
  return { id, messages };
}

/** Talks as somebody, with the marker in all of it. */
export async function makeTalks(as: AsOwner, keepAudio: KeepAudio, mark = marker): Promise<Talks> {
  const { id: open, messages } = await newSession(as, mark);
  const { id: over } = await newSession(as, mark);
  for (const text of [
    "I want to sleep better, that is my topic.",
    `I will put my ${mark} in the kitchen tomorrow evening.`,
  ])
    await as("POST", `/api/sessions/${over}/messages`, { text });
  await as("POST", `/api/sessions/${over}/end`);
  await as("POST", `/api/sessions/${over}/rating`, { rating: 5, feedback: `The ${mark} helped.` });
  const { openActions } = await as("GET", "/api/me/progress");
  const recording = newAudioKey("wav");
  const wav = Buffer.concat([fixture("speech/mhm-slt.wav"), Buffer.from(mark)]);
  const audio = { key: recording, kind: "recording", contentType: "audio/wav", bytes: wav.length } as const;
  await keepAudio(over, { ...audio, durationMs: 1200, createdAt: 0 }, wav);
  return {
    open,
    over,
    action: openActions[0].id,
    message: messages[0]?.id,
    voice: messages[1]?.audioUrl.slice("/audio/".length),
    recording,
  };
}

/** `signIn`: signs the owner in once more. */
export async function makeThings(
  asOwner: AsOwner,
  { signIn, keepAudio }: { readonly signIn: () => Promise<unknown>; readonly keepAudio: KeepAudio },
): Promise<Omit<Things, "owner" | "spare" | "node" | "user">> {
  const talks = await makeTalks(asOwner, keepAudio);
  const [persona, persona2] = ["hers", "hers-too"];
  for (const id of [persona, persona2]) await asOwner("POST", "/api/personas", { ...aPersona, id });
  const makeKey = async () => (await asOwner("POST", "/api/keys", { name: `Key of ${marker}` })).id;
  const [key, key2] = [await makeKey(), await makeKey()];
  await signIn();
  const { signIns } = await asOwner("GET", "/api/auth/sign-ins");
  return {
    ...talks,
    persona,
    persona2,
    key,
    key2,
    signIn: signIns.find((each: { current: boolean }) => !each.current).id,
  };
}
