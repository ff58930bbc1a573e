/** Recognises what transcribers of the Whisper family write where nothing was said. Pure. */
import { createDeliveryMeter } from "../../../pipeline/delivery/meter.ts";
import type { Transcript } from "../../../ports/transcriber.ts";

/** The transcript of audio in which there was no speech. */
export const NO_SPEECH: Transcript = { text: "", understood: false };

/** Evidence of speech in the audio, beside its words. */
export interface SpeechEvidence {
  /** Whether there is a voice in the audio; asked only where the words alone do not tell. */
  readonly voiced: () => boolean;
  /** `segments` of a `verbose_json` answer, unchecked. */
  readonly segments?: unknown;
}

/** Sounds that are written in round brackets; other words there may have been said. */
const SOUNDS =
  /^(?:[\p{L}' -]+ )?(?:silence|music|applause|laugh(?:s|ter|ing)?|chuckl(?:es?|ing)|cough(?:s|ing)?|sigh(?:s|ing)?|sniff(?:s|les|ing)?|breath(?:s|es|ing)?|gasps?|snor(?:es|ing)|sneez(?:es|ing)|click(?:s|ing)?|clack(?:s|ing)?|typing|beep(?:s|ing)?|noises?|static|wind|inaudible|indistinct|unintelligible|blank[ _]audio|silencieux|musique|rires?|toux|soupirs?|applaudissements|bruits?(?: de [\p{L} ]+)?|inaudible|stille|musik|lachen|husten)(?: [\p{L}' -]+)?$/iu;

/** Text between notes, which is sung. */
const MUSIC = /[♪♫♬♩][^♪♫♬♩]*[♪♫♬♩]/gu;

/** The text without marks for what is no speech: `[BLANK_AUDIO]`, `(coughs)`, `*coughs*`, `♪ … ♪`, `<|nospeech|>`. */
function withoutMarks(text: string): string {
  const bare = text.replaceAll(/<\|[^|>]*\|>/g, " ").trim();
  // Nothing but one bracket: whatever stands in it was heard, not said.
  if (/^\([^()]*\)[.!?]?$/.test(bare)) return "";
  return bare
    .replaceAll(/\[[^\]]*\p{L}[^\]]*\]/gu, " ")
    .replaceAll(/\(([^()]*)\)/g, (whole, inner: string) => (SOUNDS.test(inner.trim()) ? " " : whole))
    .replaceAll(/\*\p{L}[\p{L}' -]*\*/gu, " ")
    .replaceAll(MUSIC, " ")
    .replaceAll(/[♪♫♬♩]/gu, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/**
 * Sentences that Whisper's training (subtitles of films and broadcasts) makes it write for silence and noise. People say
 * most of them, too: they count only where there is evidence of no speech.
 */
const PHANTOMS: readonly RegExp[] = [
  /^(?:thank you|thanks)(?: (?:so|very) much)?(?: for (?:watching|listening|your attention|joining us|viewing))?(?: (?:this|the) video)?$/,
  /^(?:please )?(?:like and )?subscribe(?: to (?:my|our|the) channel)?$/,
  /^(?:i ll )?see you (?:in the )?next (?:time|video)$/,
  /^(?:you|bye|bye bye|goodbye|okay|ok|so|oh|uh|hmm|the|yeah|i m sorry)$/,
  /\bamara ?org\b/,
  /^(?:subtitles?|subtitled|captions?|captioned|transcription|transcribed|translated|translation)(?: \S+)? by\b/,
  /^sous titr(?:es|age)\b/,
  /^merci(?: beaucoup)?(?: d avoir (?:regardé|écouté)(?: cette vidéo)?)?$/,
  /^abonnez vous\b/,
  /^untertitel\b/,
  /^(?:vielen dank|danke)(?: fürs? zuschauen| schön)?$/,
  /^(?:muchas )?gracias(?: por ver(?: el vídeo)?)?$/,
  /^subtítulos\b/,
  /^(?:obrigad[oa]|grazie)(?: .{0,30})?$/,
  /^(?:sottotitoli|legendas|napisy)\b/,
  /^ご(?:視聴|清聴)ありがとうございました$/,
  /^(?:谢谢|謝謝)(?:观看|觀看|大家)?/,
  /^시청해 ?주셔서 감사합니다$/,
];

function isPhantom(text: string): boolean {
  const sentences = text
    .split(/(?<=[.!?…。！？])\s*/u)
    .map(wordsOf)
    .filter((words) => words !== "");
  // An address has a stop within it.
  const all = [wordsOf(text), ...(sentences.length > 1 ? [] : sentences)];
  const matches = (words: string) => PHANTOMS.some((phantom) => phantom.test(words));
  return all.some(matches) || (sentences.length > 1 && sentences.every(matches));
}

const wordsOf = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, " ")
    .trim();

/** Whisper's own rule (its `no_speech_threshold` and `logprob_threshold`): so likely silence, and so unsure of words. */
const NO_SPEECH_PROBABILITY = 0.6;
const UNSURE_LOG_PROBABILITY = -1;

function segmentsSaySilence(segments: unknown): boolean {
  if (!Array.isArray(segments) || segments.length === 0) return false;
  return segments.every((segment) => {
    const { no_speech_prob, avg_logprob } = (segment ?? {}) as Record<string, unknown>;
    if (typeof no_speech_prob !== "number" || typeof avg_logprob !== "number") return false;
    return no_speech_prob > NO_SPEECH_PROBABILITY && avg_logprob < UNSURE_LOG_PROBABILITY;
  });
}

/**
 * The words of `text` that were said; empty where there was no speech: nothing but marks and stops, segments that
 * Whisper itself takes for silence, or a phantom sentence over audio without a voice.
 */
export function spokenWords(text: string, evidence: SpeechEvidence): string {
  const words = withoutMarks(text);
  if (!/[\p{L}\p{N}]/u.test(words)) return "";
  if (segmentsSaySilence(evidence.segments)) return "";
  return isPhantom(words) && !evidence.voiced() ? "" : words;
}

/** The words of a partial transcript, marks left out, those still being written too. */
export function partialWords(text: string): string {
  const closed = text.replaceAll(MUSIC, " ").replace(/(?:\[|\(|<\|)[^\])>]*$|[♪♫♬♩].*$/su, "");
  const words = withoutMarks(closed);
  return /[\p{L}\p{N}]/u.test(words) ? words : "";
}

/** Whether a voice is in `pcm`: something pitched that moves, as the delivery's figures want it. */
export function hasVoice(pcm: readonly Int16Array[], rate: number): boolean {
  // Rates that cannot be measured tell nothing against a voice.
  if (![8000, 16_000, 24_000, 32_000, 48_000].includes(rate)) return true;
  const meter = createDeliveryMeter(rate);
  for (const piece of pcm) meter.push(piece);
  return meter.finish() !== undefined;
}
