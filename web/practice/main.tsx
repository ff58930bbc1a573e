/** The first page: what to practise is chosen, a session started and ended, and how things stand is said plainly. */
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { Brand } from "../brand.tsx";
import { keepShell } from "../install.ts";
import { keepFocus } from "../keep-focus.ts";
import { t } from "../messages/index.ts";
import { AccountCorner, watchAccount } from "../who.tsx";
import { Controls } from "./controls.tsx";
import { followGrowth } from "./follow-growth.ts";
import { PracticeModel } from "./model.ts";
import { titleOf } from "./personas.ts";
import { Practice } from "./practice-view.tsx";
import { ModelContext, useModel } from "./use-model.ts";
import { Welcome } from "./welcome.tsx";

function Notice() {
  const model = useModel();
  const { notice } = model.state;
  const offer = notice?.offer;
  return (
    <div id="notice" role="alert" hidden={!notice}>
      <p id="notice-text">{notice?.text}</p>
      {offer && (
        <button type="button" onClick={() => model.take(offer)}>
          {t.notice.offers[offer]}
        </button>
      )}
    </div>
  );
}

function Page() {
  const model = useModel();
  const { phase, away, partner, results } = model.state;
  const idle = phase === "idle";
  useEffect(() => {
    document.body.dataset.phase = phase;
    document.body.dataset.connection = away ? "reconnecting" : "";
  }, [phase, away]);
  return (
    <>
      <header>
        <Brand />
        {!idle && partner && <h1 id="who">{titleOf(partner)}</h1>}
        <AccountCorner idle={idle} />
      </header>
      <main>
        {idle ? <Welcome /> : <Practice />}
        <Notice />
      </main>
      {!idle && !results && <Controls />}
    </>
  );
}

const model = new PracticeModel();
document.title = `Kuku Coach – ${t.title}`;
render(
  <ModelContext.Provider value={model}>
    <Page />
  </ModelContext.Provider>,
  document.body,
);
keepFocus();
watchAccount();
followGrowth();
// A page that is left in the middle of a session offers to go on with it.
await model.load();
keepShell();
