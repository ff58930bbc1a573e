/** What somebody committed to, to be marked as done. */
import { useState } from "preact/hooks";
import type { ActionView, ProgressView } from "../../src/client/report/kept.ts";
import { wordsFor } from "../errors.ts";
import { formatDay } from "../format.ts";
import { t } from "../messages/index.ts";
import { settleAction } from "./requests.ts";

export function Actions({ openActions, doneActions }: Pick<ProgressView, "openActions" | "doneActions">) {
  const [done, setDone] = useState<ReadonlySet<string>>(new Set());
  const [problem, setProblem] = useState("");
  // An action that is done stays in sight, so that a slip can be undone.
  const settle = async (action: ActionView) => {
    const isDone = !done.has(action.id);
    try {
      await settleAction(action, isDone);
      setProblem("");
      setDone(
        (before) => new Set(isDone ? [...before, action.id] : [...before].filter((id) => id !== action.id)),
      );
    } catch (error) {
      setProblem(wordsFor(error));
    }
  };
  return (
    <section aria-labelledby="actions-heading">
      <h2 id="actions-heading">{t.progressPage.actions}</h2>
      <p class="quiet">
        {openActions.length === 0 && `${t.progressPage.noActions} `}
        <span id="done-actions">{t.progressPage.doneActions(doneActions + done.size)}</span>
      </p>
      {problem !== "" && <p role="alert">{problem}</p>}
      {openActions.length > 0 && (
        <ul id="actions" class="card">
          {openActions.map((action) => (
            <li key={action.id} class={done.has(action.id) ? "done" : ""}>
              <span>
                <b>{action.text}</b> {action.when !== undefined && <span class="when">{action.when}</span>}
                <small>{formatDay(action.createdAt)}</small>
              </span>
              <button type="button" aria-pressed={done.has(action.id)} onClick={() => void settle(action)}>
                {done.has(action.id) ? t.progressPage.undo : t.progressPage.markDone}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
