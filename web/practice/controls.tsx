/** The controls of a session, always in sight: talk, hands-free, end; while speaking the voice's shape, pace and loudness. */
import { useEffect, useRef } from "preact/hooks";
import { t } from "../messages/index.ts";
import { statusText } from "./status.ts";
import { watchTalkButton } from "./talk-gestures.ts";
import { useModel } from "./use-model.ts";
import { Waveform } from "./waveform.tsx";

export function Controls() {
  const model = useModel();
  const { phase } = model.state;
  return (
    <footer id="controls">
      <p id="status" role="status">
        {statusText(model.state)}
      </p>
      {phase !== "closed" && <Voice />}
      <div class="row">
        {phase !== "closed" && <HandsFree />}
        {phase !== "closed" && <TalkButton />}
        <button id="end" type="button" disabled={phase === "ending"} onClick={() => void model.end()}>
          {phase === "closed" ? t.talk.back : t.talk.end}
        </button>
      </div>
    </footer>
  );
}

function HandsFree() {
  const model = useModel();
  const { handsFree, hasMicrophone } = model.state;
  return (
    <label class="switch">
      <input
        id="hands-free"
        type="checkbox"
        checked={handsFree}
        disabled={!hasMicrophone}
        onChange={({ currentTarget }) => model.setHandsFree(currentTarget.checked)}
      />{" "}
      <span>{t.talk.handsFree}</span>
    </label>
  );
}

function TalkButton() {
  const model = useModel();
  const { phase, handsFree, hasMicrophone, talking, speaking } = model.state;
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!button.current) return;
    const watched = watchTalkButton(button.current, {
      enabled: () => model.canTalk,
      onTalk: () => model.talk(),
      onStop: () => model.stopTalking(),
      onHush: () => model.hush(),
    });
    if (model.canTalk) button.current.focus({ preventScroll: true });
    return () => watched.stop();
  }, [model, phase]);
  // Hands-free, or with no microphone, what sounds can be stopped by the same button.
  const hushes = speaking && (handsFree || !hasMicrophone);
  const label = hushes
    ? t.talk.stopCoach
    : handsFree || talking
      ? t.talk.listening
      : hasMicrophone
        ? t.talk.button
        : t.talk.noMicrophone;
  return (
    <button
      id="talk"
      type="button"
      ref={button}
      aria-describedby="status"
      aria-pressed={hushes ? undefined : talking}
      disabled={!model.canTalk && !hushes}
      onClick={() => hushes && model.hush()}
    >
      <span id="talk-ring" aria-hidden="true" />
      <svg viewBox="0 0 24 24" aria-hidden="true">
        {hushes ? (
          <path d="M7 7h10v10H7z" />
        ) : (
          <path d="M12 15a4 4 0 0 0 4-4V6a4 4 0 1 0-8 0v5a4 4 0 0 0 4 4Zm7-4a7 7 0 0 1-6 6.9V21h-2v-3.1A7 7 0 0 1 5 11h2a5 5 0 0 0 10 0h2Z" />
        )}
      </svg>
      <span id="talk-label">{label}</span>
    </button>
  );
}

/** Syllables a second between which speech is even, and dBFS between which it is clear. */
const bands = { pace: [3, 5.5], loudness: [-42, -12] } as const;

function bandOf([low, high]: readonly [number, number], value: number): 0 | 1 | 2 {
  return value < low ? 0 : value > high ? 2 : 1;
}

/** The voice's shape as it is spoken; beneath it, as soon as they are known, pace and loudness. */
function Voice() {
  const { turns } = useModel().state;
  const { delivery } = turns.turns.findLast(({ utterance }) => utterance)?.utterance ?? {};
  const pace = delivery?.syllables_per_second;
  const loudness = delivery?.loudness_dbfs;
  return (
    <div class="voice">
      <Waveform />
      <p class="live-figures">
        {pace !== undefined && (
          <span data-band={bandOf(bands.pace, pace)}>
            {t.talk.pace} <b>{t.talk.paces[(["slow", "even", "fast"] as const)[bandOf(bands.pace, pace)]]}</b>
          </span>
        )}
        {loudness !== undefined && (
          <span data-band={bandOf(bands.loudness, loudness)}>
            {t.talk.loudness}{" "}
            <b>
              {t.talk.loudnesses[(["quiet", "clear", "loud"] as const)[bandOf(bands.loudness, loudness)]]}
            </b>
          </span>
        )}
      </p>
    </div>
  );
}
