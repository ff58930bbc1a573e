/** The page that the service worker shows in place of one whose server cannot be reached; it goes away once the server answers. */
import { render } from "preact";
import { Brand } from "./brand.tsx";
import { t } from "./messages/index.ts";

const lookEveryMs = 5_000;
const { offline } = t;

/** Shows the page that was wanted, or this one again. */
function again(): void {
  if (location.pathname === "/offline.html") location.replace("/");
  else location.reload();
}

async function look(): Promise<void> {
  try {
    if ((await fetch("/health", { cache: "no-store" })).ok) again();
  } catch {
    // Still away.
  }
}

document.title = `${offline.heading} – Kuku Coach`;
render(
  <>
    <header>
      <Brand />
    </header>
    <main class="account">
      <section class="card" role="alert">
        <h1>{offline.heading}</h1>
        <p>{offline.about}</p>
        <p class="buttons">
          <button type="button" class="main" onClick={again}>
            {offline.again}
          </button>
        </p>
      </section>
    </main>
  </>,
  document.body,
);
setInterval(() => void look(), lookEveryMs);
addEventListener("online", () => void look());
