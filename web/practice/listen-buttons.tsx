/** One's own voice beside the coach's: an utterance, or a word of it. */
import { t } from "../messages/index.ts";
import { failureText } from "./failures.ts";
import { modelReading, placeOfWord } from "./model-readings.ts";
import { playBlob } from "./play.ts";
import type { ReadWord } from "./read-words.ts";
import { useModel } from "./use-model.ts";

/** A little before and after a word belongs to it, ms. */
const marginMs = 60;

/** Of an item that was read in this session; `word`: of it alone. */
export function ListenButtons({ itemId, word }: { itemId: string; word?: ReadWord | undefined }) {
  const model = useModel();
  const own = model.recordings?.has(itemId) && (word === undefined || word.startMs !== undefined);
  const of = word === undefined ? "" : `: ${word.text}`;
  return (
    <>
      {own && (
        <button
          type="button"
          class="small"
          aria-label={`${t.listen.you}${of}`}
          onClick={() => playOwn(model, itemId, word)}
        >
          ▶ {t.talk.you}
        </button>
      )}
      <button
        type="button"
        class="small"
        aria-label={`${t.listen.coach}${of}`}
        onClick={() => void playModel(model, itemId, word)}
      >
        ▶ {t.talk.coach}
      </button>
    </>
  );
}

type Model = ReturnType<typeof useModel>;

/** Plays one's own recording of an item, or of a word of it; nothing where it is not kept. */
export function playOwn(model: Model, itemId: string, word?: ReadWord): void {
  const { startMs, endMs } = word ?? {};
  const wav =
    startMs === undefined || endMs === undefined
      ? model.recordings?.wav(itemId)
      : model.recordings?.wav(itemId, startMs - marginMs, endMs + marginMs);
  if (!wav) return;
  model.hush();
  playBlob(wav);
}

async function playModel(model: Model, itemId: string, word?: ReadWord): Promise<void> {
  const { sessionId } = model.state;
  if (sessionId === undefined) return;
  try {
    const reading = await modelReading(sessionId, itemId);
    const place = word && placeOfWord(reading, word.text, word.number);
    model.hush();
    playBlob(reading.wav(place && place.startMs - marginMs, place && place.endMs + marginMs));
  } catch (error) {
    model.tell(failureText(error));
  }
}
