/** Scores, for each phone of a word, the best substitution of the same kind, whether or not that makes a word. */
import { type AcousticModel, STATES, WORD_INTERNAL, wordPosition } from "../acoustic/acoustic-model.ts";
import type { SenoneScores } from "../acoustic/senone-scores.ts";
import { isVowel } from "../lexicon/lexicon.ts";
import type { SpokenSegment } from "./reading-report.ts";

/** By how many nats the best other sound of its kind wins (below 0: loses) over a sound of a word, at most. */
export interface SubstitutionLeads {
  /** A consonant in place of a consonant: what slips are made of. */
  readonly consonant: number;
  /** A vowel in place of a vowel: a slip, or an accent. */
  readonly vowel: number;
}

/** Frames of the pause beside a sound that are looked at with it. */
const PAUSE_FRAMES = 8;
/** Bound of leads: beyond, they say nothing more. */
const MOST_LEAD = 60;
const LEAST_LEAD = -80;
const NEVER = -1e30;

/** A sound among its neighbours; `left` and `right` are undefined at a pause. */
interface PlacedPhone {
  readonly phone: number;
  readonly vowel: boolean;
  readonly place: number;
  readonly position: number;
  readonly start: number;
  readonly end: number;
  left?: PlacedPhone;
  right?: PlacedPhone;
}

/**
 * The leads at the `places` asked for, with the text read as written (`spoken`). Each sound is replaced by every other of
 * its kind between the same neighbours, and the three are fitted to their frames anew: an extended recognition network
 * (Harrison et al. 2009) of one sound each, which knows slips that are no words. `scores` are of the whole utterance.
 */
export function substitutionLeads(
  model: AcousticModel,
  scores: SenoneScores,
  spoken: readonly SpokenSegment[],
  places: ReadonlySet<number>,
): Map<number, SubstitutionLeads> {
  const leads = new Map<number, SubstitutionLeads>();
  const kinds = [true, false].map((vowel) =>
    model.phones.flatMap((name, phone) =>
      phone === model.silence || name.startsWith("+") || isVowel(name) !== vowel ? [] : [phone],
    ),
  );
  for (const sound of placedPhonesOf(model, spoken)) {
    if (!places.has(sound.place)) continue;
    const lead = leadOver(model, scores, sound, (sound.vowel ? kinds[0] : kinds[1]) as number[]);
    const { consonant, vowel } = leads.get(sound.place) ?? { consonant: LEAST_LEAD, vowel: LEAST_LEAD };
    leads.set(
      sound.place,
      sound.vowel
        ? { consonant, vowel: Math.max(vowel, lead) }
        : { consonant: Math.max(consonant, lead), vowel },
    );
  }
  return leads;
}

function placedPhonesOf(model: AcousticModel, spoken: readonly SpokenSegment[]): PlacedPhone[] {
  const sounds = spoken.flatMap(({ step, label, offset }): PlacedPhone[] => {
    if (label.kind !== "expected") return [];
    const { phones, place } = label;
    return phones.map((name, i) => ({
      phone: model.phoneId.get(name) as number,
      vowel: isVowel(name),
      place,
      position: wordPosition(i, phones.length),
      start: offset + (step.states[i * STATES] as number),
      end: offset + (step.states[(i + 1) * STATES] ?? step.end),
    }));
  });
  sounds.forEach((sound, i) => {
    const before = sounds[i - 1];
    if (before?.end !== sound.start) return;
    sound.left = before;
    before.right = sound;
  });
  return sounds;
}

/** By how many nats the best of `others` wins over the sound itself. */
function leadOver(
  model: AcousticModel,
  scores: SenoneScores,
  sound: PlacedPhone,
  others: readonly number[],
): number {
  const { silence } = model;
  const { left, right } = sound;
  const from = left?.start ?? Math.max(0, sound.start - PAUSE_FRAMES);
  const to = right?.end ?? Math.min(scores.frames, sound.end + PAUSE_FRAMES);
  const rows = new Map<number, Float32Array>();
  const rowOf = (senone: number): Float32Array => {
    let row = rows.get(senone);
    if (!row) {
      row = scores.part(senone, from, to);
      rows.set(senone, row);
    }
    return row;
  };
  const pause = { phone: silence, senones: model.senonesOf(silence, silence, silence, WORD_INTERNAL) };
  const among = (phone: number, before: number, after: number, position: number) => ({
    phone,
    senones: model.senonesOf(phone, before, after, position),
  });
  const likelihood = (phone: number) =>
    phonesLikelihood(model, rowOf, to - from, [
      left ? among(left.phone, left.left?.phone ?? silence, phone, left.position) : pause,
      among(phone, left?.phone ?? silence, right?.phone ?? silence, sound.position),
      right ? among(right.phone, phone, right.right?.phone ?? silence, right.position) : pause,
    ]);
  const own = likelihood(sound.phone);
  let best = LEAST_LEAD;
  for (const other of others) if (other !== sound.phone) best = Math.max(best, likelihood(other) - own);
  return Math.min(MOST_LEAD, best);
}

/** Log likelihood of sounds said one after another over exactly these frames (Viterbi). */
function phonesLikelihood(
  { stay, leave }: AcousticModel,
  rowOf: (senone: number) => Float32Array,
  frames: number,
  sounds: readonly { readonly phone: number; readonly senones: readonly number[] }[],
): number {
  const rows = sounds.flatMap(({ senones }) => senones.map(rowOf));
  const row = sounds.flatMap(({ phone }) => Array.from({ length: STATES }, (_, s) => phone * STATES + s));
  const now = new Float64Array(rows.length).fill(NEVER);
  for (let t = 0; t < frames; t++) {
    let carried = t === 0 ? 0 : NEVER;
    for (let s = 0; s < rows.length; s++) {
      const before = now[s] as number;
      const stayed = before + (stay[row[s] as number] as number);
      now[s] = Math.max(carried, stayed) + ((rows[s] as Float32Array)[t] as number);
      carried = before + (leave[row[s] as number] as number);
    }
  }
  return now[rows.length - 1] as number;
}
