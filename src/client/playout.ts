/** Between socket and speaker: holds a reply's frames until they are due and knows which sample is being heard. Pure. */

/** Audio of one reply, cut anywhere. */
export interface ReplyAudio {
  /** Counts the session's responses from 1. */
  readonly responseNumber: number;
  /** Where the first sample stands within this response's audio. */
  readonly startSample: number;
  /** Mono 16-bit samples. */
  readonly pcm: Int16Array;
}

/** `waiting`: begun but short of audio; `cleared`: stopped before its end. */
type PlayState = "waiting" | "playing" | "paused" | "ended" | "cleared";

export interface PlayPosition {
  readonly responseNumber: number;
  /** Samples of this response that were played. */
  readonly playedSamples: number;
  readonly state: PlayState;
}

export interface PlayoutOptions {
  /** Samples per second. */
  readonly rate: number;
  /** Audio held before a reply starts to sound, so that a late frame makes no gap; ms. Default 60. */
  readonly startMs?: number;
  /** Longest that a short beginning is held back for more, ms. Default 120. */
  readonly patienceMs?: number;
  /** Most audio that may wait; beyond it audio is refused (`full`). Default 300 s. */
  readonly limitMs?: number;
  /** Called at each change of state, from within the call that made it. */
  readonly onChange?: (position: PlayPosition) => void;
}

export interface Playout {
  /** `dead`: of a response that was cleared or is over, thrown away. `full`: the limit is reached, thrown away. */
  add(audio: ReplyAudio): "held" | "dead" | "full";
  /** This response has no more audio than what was added. */
  finish(responseNumber: number): void;
  /** Silences this response and every one before it, now and for good. */
  clear(upToResponse: number): void;
  /** Holds this response and every one before it, until `resume` or their end; a later response plays. */
  pause(upToResponse: number): void;
  resume(): void;
  /** Fills `out` with what is heard next, silence where there is nothing; answers how many samples were the reply's. */
  render(out: Float32Array): number;
  /** The response being heard; undefined before the first. */
  position(): PlayPosition | undefined;
}

/** After running dry, hold twice as much before going on: the line has shown how late it can be. */
const maxStartMs = 300;
/** A cut mid-wave clicks; what is cleared fades over this long. */
const fadeMs = 5;

/** Makes an empty playout. */
export function openPlayout(options: PlayoutOptions): Playout {
  const { rate, onChange } = options;
  const samples = (ms: number) => Math.round((ms * rate) / 1000);
  const limit = samples(options.limitMs ?? 300_000);
  const patience = samples(options.patienceMs ?? 120);
  let startAt = samples(options.startMs ?? 60);
  let queue: ReplyAudio[] = [];
  /** Samples of the first queued piece already played. */
  let offset = 0;
  let held = 0;
  /** Rendered samples since the present wait began. */
  let waited = 0;
  let deadUpTo = 0;
  let finishedUpTo = 0;
  let fade: Float32Array | undefined;
  /** A hold belongs to responses, not to the speaker: none outlives the response it was asked for. */
  let pausedUpTo = 0;
  let current: PlayPosition | undefined;

  const change = (position: PlayPosition) => {
    current = position;
    onChange?.(position);
  };
  const isOpen = () => current !== undefined && current.state !== "ended" && current.state !== "cleared";
  const begin = (responseNumber: number, playedSamples: number) => {
    waited = 0;
    change({ responseNumber, playedSamples, state: responseNumber <= pausedUpTo ? "paused" : "waiting" });
  };
  /** Ends the current response once all of it was played, and turns to the next one that is held. */
  const settle = () => {
    if (isOpen() && current) {
      const next = queue[0];
      const over = next
        ? next.responseNumber > current.responseNumber
        : finishedUpTo >= current.responseNumber;
      if (!over) return;
      deadUpTo = Math.max(deadUpTo, current.responseNumber);
      change({ ...current, state: "ended" });
    }
    const next = queue[0];
    if (next) begin(next.responseNumber, next.startSample);
  };
  const isReady = () => {
    const next = queue[0];
    if (!next) return false;
    const whole =
      finishedUpTo >= next.responseNumber || (queue.at(-1)?.responseNumber ?? 0) > next.responseNumber;
    return held >= startAt || whole || waited >= patience;
  };
  const fadeOut = () => {
    const piece = queue[0];
    if (current?.state !== "playing" || !piece) return;
    const rest = piece.pcm.subarray(offset, offset + samples(fadeMs));
    fade = Float32Array.from(rest, (value, i) => (value / 32_768) * (1 - i / rest.length));
  };
  const playFrom = (out: Float32Array, start: number): number => {
    let at = start;
    while (at < out.length && current?.state === "playing") {
      const piece = queue[0];
      if (!piece || piece.responseNumber !== current.responseNumber) break;
      const count = Math.min(out.length - at, piece.pcm.length - offset);
      for (let i = 0; i < count; i++) out[at + i] = (piece.pcm[offset + i] as number) / 32_768;
      at += count;
      offset += count;
      held -= count;
      current = { ...current, playedSamples: piece.startSample + offset };
      if (offset === piece.pcm.length) {
        queue.shift();
        offset = 0;
      }
    }
    return at - start;
  };

  return {
    add(audio) {
      if (audio.responseNumber <= deadUpTo) return "dead";
      if (held + audio.pcm.length > limit) return "full";
      if (audio.pcm.length === 0) return "held";
      queue.push(audio);
      held += audio.pcm.length;
      if (!isOpen()) settle();
      return "held";
    },
    finish(responseNumber) {
      finishedUpTo = Math.max(finishedUpTo, responseNumber);
      settle();
    },
    clear(upToResponse) {
      if (upToResponse <= deadUpTo) return;
      deadUpTo = upToResponse;
      if (queue[0] && queue[0].responseNumber <= upToResponse) {
        fadeOut();
        offset = 0;
        queue = queue.filter((piece) => piece.responseNumber > upToResponse);
        held = queue.reduce((sum, piece) => sum + piece.pcm.length, 0);
      }
      if (isOpen() && current && current.responseNumber <= upToResponse)
        change({ ...current, state: "cleared" });
      if (!isOpen()) settle();
    },
    pause(upToResponse) {
      pausedUpTo = Math.max(pausedUpTo, upToResponse);
      if (isOpen() && current && current.state !== "paused" && current.responseNumber <= pausedUpTo)
        change({ ...current, state: "paused" });
    },
    resume() {
      pausedUpTo = 0;
      if (current?.state === "paused") change({ ...current, state: "waiting" });
    },
    render(out) {
      out.fill(0);
      if (fade) {
        out.set(fade.subarray(0, out.length));
        fade = undefined;
      }
      let played = 0;
      while (played < out.length && isOpen() && current && current.state !== "paused") {
        if (current.state === "waiting") {
          if (!isReady()) {
            waited += out.length - played;
            break;
          }
          change({ ...current, state: "playing" });
        }
        played += playFrom(out, played);
        if (queue[0]?.responseNumber === current.responseNumber) break;
        const before = current;
        settle();
        if (current === before) {
          // A frame that comes before the next call is still in time: only a call left unfilled has run dry.
          if (played === out.length) break;
          startAt = Math.min(Math.max(1, startAt) * 2, samples(maxStartMs));
          begin(before.responseNumber, before.playedSamples);
          break;
        }
      }
      return played;
    },
    position: () => current,
  };
}
