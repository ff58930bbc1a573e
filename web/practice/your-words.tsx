/** What the user said, as it was heard: doubtful words are marked, and can be corrected by typing. */
import { useState } from "preact/hooks";
import type { UtteranceView } from "../../src/client/turns.ts";
import { t } from "../messages/index.ts";
import { transcriptPieces } from "./heard-words.ts";
import { useModel } from "./use-model.ts";

/** `correctable`: an item that was spoken, in a session that goes on. */
export function YourWords({ utterance, correctable }: { utterance: UtteranceView; correctable: boolean }) {
  const { language } = useModel().state;
  const { text, understood, words, itemId } = utterance;
  const [typing, setTyping] = useState(false);
  const pieces = transcriptPieces(text, words);
  const isClear = understood && text !== "";
  const isCertain = isClear && !pieces.some(({ doubtful }) => doubtful);
  return (
    <>
      {isClear ? (
        <span lang={language}>
          {pieces.map((piece, index) =>
            piece.doubtful ? (
              <span key={index} class="doubtful" title={t.talk.doubtful}>
                {piece.text}
                <span class="unseen"> ({t.talk.doubtful})</span>
              </span>
            ) : (
              piece.text
            ),
          )}
        </span>
      ) : (
        <span>{t.talk.unclear}</span>
      )}
      {correctable && !isCertain && !typing && (
        <button type="button" class="small correct" onClick={() => setTyping(true)}>
          {isClear ? t.talk.correct : t.talk.typeIt}
        </button>
      )}
      {typing && !isCertain && <Correction itemId={itemId} text={text} onDone={() => setTyping(false)} />}
    </>
  );
}

function Correction({ itemId, text, onDone }: { itemId: string; text: string; onDone(): void }) {
  const model = useModel();
  const [typed, setTyped] = useState(text);
  return (
    <form
      class="correction"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim() === "") return;
        model.correct(itemId, typed.trim());
        onDone();
      }}
    >
      <input
        type="text"
        maxLength={2000}
        autocomplete="off"
        aria-label={t.talk.whatYouSaid}
        lang={model.state.language}
        value={typed}
        ref={(input) => {
          if (input && document.activeElement !== input) input.focus();
        }}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && onDone()}
      />
      <button type="submit">{t.talk.keepCorrection}</button>
    </form>
  );
}
