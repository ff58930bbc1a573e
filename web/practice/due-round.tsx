/** A round of what is due again, where the address asks for it (`/?due=sentence`). */
import { useEffect, useRef } from "preact/hooks";
import { t } from "../messages/index.ts";
import type { DrillKind } from "./drill-choices.ts";
import { useModel } from "./use-model.ts";

/** The kind that the address names; undefined: no round was asked for. */
function askedKind(): DrillKind | undefined {
  const kind = new URL(location.href).searchParams.get("due") ?? "";
  return Object.hasOwn(t.drill.kinds, kind) ? (kind as DrillKind) : undefined;
}

/** Sound begins with a press: the round waits for one, under the visitor's finger already. */
export function DueRound() {
  const model = useModel();
  const kind = askedKind();
  const start = useRef<HTMLButtonElement>(null);
  useEffect(() => start.current?.focus(), []);
  if (kind === undefined) return null;
  return (
    <section id="due-round" class="card" aria-labelledby="due-round-heading">
      <h2 id="due-round-heading">{t.dueRound.heading}</h2>
      <p class="quiet">{t.dueRound.about(t.drill.kinds[kind])}</p>
      <div class="buttons">
        <button
          type="button"
          class="main"
          ref={start}
          onClick={() => {
            history.replaceState(null, "", "/");
            void model.startDue(kind);
          }}
        >
          {t.dueRound.start}
        </button>
      </div>
    </section>
  );
}
