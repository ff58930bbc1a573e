/** What is known of OpenAI's models by name: when they end, and which of them are spoken to over the Realtime socket. */

/** By OpenAI's deprecations page, as the types of its package repeat it. */
const ends: Readonly<Record<string, string>> = {
  "tts-1": "2027-01-06",
  "tts-1-hd": "2027-01-06",
  "gpt-4o-mini-tts": "2027-01-06",
  "gpt-4o-mini-tts-2025-03-20": "2027-01-06",
  "gpt-4o-mini-tts-2025-12-15": "2027-01-06",
  "gpt-realtime": "2027-01-20",
  "gpt-realtime-2025-08-28": "2027-01-20",
  "gpt-realtime-mini": "2027-01-20",
  "gpt-realtime-mini-2025-12-15": "2027-01-20",
  "gpt-audio-mini": "2027-01-20",
  "gpt-audio-mini-2025-12-15": "2027-01-20",
  "whisper-1": "2027-02-26",
  "gpt-4o-transcribe": "2027-02-26",
  "gpt-4o-transcribe-diarize": "2027-02-26",
  "gpt-4o-mini-transcribe": "2027-02-26",
  "gpt-4o-mini-transcribe-2025-12-15": "2027-02-26",
};

/** The day on which OpenAI ends the model, `YYYY-MM-DD`; undefined: none is announced, as far as is known here. */
export function modelEnd(model: string): string | undefined {
  return Object.hasOwn(ends, model) ? ends[model] : undefined;
}

/** Whether that day has come; `now` in ms since the epoch. */
export function hasEnded(model: string, now: number): boolean {
  const day = modelEnd(model);
  return day !== undefined && now >= Date.parse(day);
}

/** Whether a model of this name transcribes over the Realtime socket alone. */
export const transcribesLive = (model: string) => /\blive\b|realtime/.test(model);

/** Whether a model of this name speaks over the Realtime socket. */
export const speaksLive = (model: string) => /realtime/.test(model);
