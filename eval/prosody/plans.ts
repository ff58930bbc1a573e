/** Which renderings of a sentence are judged: as asked, and otherwise. */
import { prosodyTarget } from "../../src/coach/drills/prosody.ts";
import type { ProsodySentence } from "../../src/coach/drills/texts.ts";
import { joinPcm } from "../../src/pipeline/audio/pcm.ts";
import type { Recording } from "../../src/pipeline/audio/wav.ts";
import { vowelsOf } from "../../src/pipeline/delivery/prominence.ts";
import type { ProsodyTarget } from "../../src/ports/reading.ts";
import { type Heard, prepared, type Spoken, wordsOf } from "./hear.ts";
import { type Changes, changeMelodies } from "./praat.ts";
import { type ControlledVoice, withStress } from "./renderings.ts";

/** A sentence said in a way that is known. */
export interface Rendering extends Spoken {
  readonly target: ProsodyTarget;
  readonly asAsked: boolean;
}

type Listen = (spoken: Spoken) => Promise<Heard>;
type Planned = Omit<Rendering, "text">;

/** Words stressed on each syllable in turn; a word emphasised; an end that rises and falls; pauses where asked and elsewhere. */
export async function renderingsOf(
  sentence: ProsodySentence,
  voice: ControlledVoice,
  listen: Listen,
): Promise<Rendering[]> {
  const target = prosodyTarget(sentence, "en-US");
  const { text } = sentence;
  const plain = text.replaceAll("*", "").replaceAll(" …", "");
  const roll = dice(plain.length + voice.name.length);
  if (sentence.focus === "stress") return stressed(sentence, target, voice);
  const base = await prepared(voice.say(plain));
  const words = wordsOf(await listen({ text, recording: base }));
  if (words.length === 0 || words.some(({ startMs }) => startMs === undefined)) return [];
  const places = words.map(({ startMs = 0, endMs = 0 }) => [startMs / 1000, endMs / 1000] as const);
  const planned =
    target.aspect === "emphasis"
      ? [...emphasised(base, target, places, roll), ...(await marked(sentence, target, voice))]
      : target.aspect === "contour"
        ? ended(base, target, endOf(words), roll)
        : paused(base, target, places, roll);
  return planned.map((each) => ({ ...each, text }));
}

async function stressed(
  { text, word, syllables }: Extract<ProsodySentence, { focus: "stress" }>,
  target: ProsodyTarget,
  voice: ControlledVoice,
): Promise<Rendering[]> {
  const asked = target.aspect === "stress" ? target.stressed : -1;
  return Promise.all(
    syllables.map(async (_, at) => {
      const said = voice.say(text, { word, phones: withStress(word, at + 1) });
      return { text, target, asAsked: at === asked, recording: await prepared(said) };
    }),
  );
}

type Emphasis = Extract<ProsodyTarget, { aspect: "emphasis" }>;
/** Words that are hardly ever emphasised. */
const weak = new Set("a an the is at to in of it".split(" "));

/**
 * As speakers focus a word: three and a half to seven semitones higher, a fifth to a half longer, 2 to 6 dB louder; all
 * other movement halved, and what follows a semitone lower (Cooper, Eady & Mueller 1985; Xu 1999).
 */
function emphasised(base: Recording, { word }: Emphasis, places: readonly Place[], roll: Dice): Planned[] {
  const others = places.map((_, at) => at).filter((at) => at !== word);
  const chosen = [
    word,
    word,
    others[Math.floor(roll() * others.length)]!,
    others[Math.floor(roll() * others.length)]!,
  ];
  const changes = chosen.map((at): Changes => {
    const [from, to] = places[at]!;
    const semitones = 3.5 + 3.5 * roll();
    return {
      flatten: 0.5,
      pitch: [
        [from - 0.08, 0],
        [from + 0.02, semitones],
        [to - 0.05, semitones],
        [to + 0.06, -1],
        [base.pcm.length / base.rate, -1],
      ],
      stretch: { from, to, factor: 1.2 + 0.3 * roll() },
      louder: { from, to, decibels: 2 + 4 * roll() },
    };
  });
  return changed(base, changes).map((recording, i) => ({
    recording,
    target: { aspect: "emphasis", word },
    asAsked: chosen[i] === word,
  }));
}

/** Emphasis by the voice itself: of the word asked for, and of another. */
async function marked(
  { text }: ProsodySentence,
  target: ProsodyTarget,
  { emphasise }: ControlledVoice,
): Promise<Planned[]> {
  if (!emphasise) return [];
  const word = /\*(.+?)\*/.exec(text)?.[1] ?? "";
  const plain = text.replaceAll("*", "");
  const other = plain
    .split(/[\s.?!]+/)
    .find((each) => each !== "" && each !== word && !weak.has(each.toLowerCase()));
  const said = [word, ...(other ? [other] : [])];
  return Promise.all(
    said.map(async (each) => ({
      recording: await prepared(emphasise(plain, each)),
      target,
      asAsked: each === word,
    })),
  );
}

/** From the last word's first vowel on, or so early that there is an end to hear, s. */
function endOf(words: ReturnType<typeof wordsOf>): Place {
  const last = words.at(-1);
  const vowel = vowelsOf(last?.phones ?? [])[0]?.startMs ?? last?.startMs ?? 0;
  const end = (last?.endMs ?? 0) / 1000;
  return [Math.min(vowel / 1000, end - 0.35), end];
}

function ended(base: Recording, target: ProsodyTarget, [from, to]: Place, roll: Dice): Planned[] {
  const shapes = [
    { shape: "rise", begin: -1 + roll(), end: 3 + 4 * roll() },
    { shape: "rise", begin: 0, end: 2.5 + 3 * roll() },
    { shape: "fall", begin: 1 + 2 * roll(), end: -2 - 4 * roll() },
    { shape: "fall", begin: 0, end: -2.5 - 3 * roll() },
  ];
  const asked = target.aspect === "contour" ? target.shape : "";
  const changes = shapes.map(
    ({ begin, end }): Changes => ({
      tail: [
        [from, begin],
        [from + 0.06, begin],
        [to, end],
      ],
    }),
  );
  return changed(base, changes).map((recording, i) => ({
    recording,
    target,
    asAsked: shapes[i]!.shape === asked,
  }));
}

/** Silences of 150 to 500 ms at all places asked for; at all but one; at none; and at one more, there a longer one. */
function paused(base: Recording, target: ProsodyTarget, places: readonly Place[], roll: Dice): Planned[] {
  if (target.aspect !== "pauses") return [];
  const { after } = target;
  const free = places.slice(0, -1).flatMap((_, at) => (after.includes(at) ? [] : [at]));
  const stray = free[Math.floor(roll() * free.length)] ?? 0;
  const lengths = (at: readonly number[]) => new Map(at.map((each) => [each, 0.15 + 0.35 * roll()]));
  const plans = [
    { silences: lengths(after), asAsked: true },
    { silences: lengths(after), asAsked: true },
    { silences: lengths(after.slice(1)), asAsked: false },
    { silences: new Map([...lengths(after), [stray, 0.35 + 0.3 * roll()]]), asAsked: false },
  ];
  return plans.map(({ silences, asAsked }) => ({
    recording: withSilences(base, places, silences),
    target,
    asAsked,
  }));
}

function withSilences(
  { rate, pcm }: Recording,
  places: readonly Place[],
  silences: ReadonlyMap<number, number>,
): Recording {
  let at = 0;
  const pieces = [...silences]
    .sort(([a], [b]) => a - b)
    .flatMap(([word, seconds]) => {
      const cut = Math.round(((places[word]![1] + (places[word + 1]?.[0] ?? 0)) / 2) * rate);
      const piece = pcm.subarray(at, cut);
      at = cut;
      return [piece, new Int16Array(Math.round(seconds * rate))];
    });
  return { rate, pcm: joinPcm([...pieces, pcm.subarray(at)]) };
}

/** Start and end, s. */
type Place = readonly [number, number];
type Dice = () => number;

const changed = (recording: Recording, all: readonly Changes[]) =>
  changeMelodies(all.map((changes) => ({ recording, changes })));

/** Numbers from 0 to 1, the same for the same seed. */
function dice(seed: number): Dice {
  let state = seed >>> 0;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
