/** The page of one's progress: charts, days in a row, and what one committed to, to be marked as done. */
import type { ProgressView, SessionView } from "../src/client/report/kept.ts";
import { drawProgress } from "../src/client/report/progress-report.ts";
import { askHere } from "./ask.ts";
import { element, setText } from "./elements.ts";
import { complain, show } from "./kept.ts";

void show(async (ask) => {
  const [progress, list] = await Promise.all([
    ask("/api/me/progress?limit=50") as Promise<ProgressView>,
    ask("/api/sessions?limit=50") as Promise<{ sessions: SessionView[] }>,
  ]);
  return drawProgress(progress, list.sessions);
});

element("kept", HTMLElement).addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  const item = button?.closest<HTMLElement>("[data-action]");
  if (button && item) void settle(item, button);
});

/** Marks an action as done, or open again; it stays in sight, so that a slip can be undone. */
async function settle(item: HTMLElement, button: HTMLButtonElement): Promise<void> {
  const done = button.getAttribute("aria-pressed") !== "true";
  button.disabled = true;
  try {
    await askHere(`/api/me/actions/${encodeURIComponent(item.dataset.action ?? "")}`, { done });
    item.classList.toggle("done", done);
    button.setAttribute("aria-pressed", String(done));
    button.textContent = done ? "Undo" : "Done";
    const count = element("done-actions", HTMLElement);
    setText(count, String(Number(count.textContent) + (done ? 1 : -1)));
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
  } finally {
    button.disabled = false;
    button.focus();
  }
}
