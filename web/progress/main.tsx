/** The page of one's progress: the week, what is due again, how it went over time, and all sessions. */
import { render } from "preact";
import { AskError } from "../../src/client/report/kept.ts";
import { reportStyle } from "../../src/client/report/style.ts";
import { Brand } from "../brand.tsx";
import { wordsFor } from "../errors.ts";
import { keepFocus } from "../keep-focus.ts";
import { t } from "../messages/index.ts";
import { AccountCorner, watchAccount } from "../who.tsx";
import { Actions } from "./actions.tsx";
import { Accuracy, Speech } from "./charts.tsx";
import { Due, Sounds } from "./due.tsx";
import { Goal } from "./goal.tsx";
import { type Loaded, loadProgress } from "./requests.ts";
import { Sessions } from "./sessions.tsx";

function Header() {
  return (
    <header>
      <Brand />
      <nav aria-label={t.progressPage.pages}>
        <a href="/">{t.practise}</a>
      </nav>
      <AccountCorner idle={false} />
    </header>
  );
}

function Empty() {
  return (
    <section id="empty" class="card">
      <h2>{t.progressPage.emptyHeading}</h2>
      <p>{t.progressPage.emptyAbout}</p>
      <p class="buttons">
        <a class="button main" href="/">
          {t.progressPage.begin}
        </a>
      </p>
    </section>
  );
}

function Progress({ loaded }: { loaded: Loaded }) {
  const { progress, practice, personas, practisedAt, first } = loaded;
  if (progress.sessions === 0) return <Empty />;
  return (
    <>
      <Goal streakDays={progress.streakDays} practisedAt={practisedAt} />
      <Due practice={practice} />
      <Actions openActions={progress.openActions} doneActions={progress.doneActions} />
      <Accuracy weeks={practice.weeks} />
      <Sounds practice={practice} />
      <Speech points={progress.points} personas={personas} />
      <Sessions first={first} count={progress.sessions} personas={personas} scores={practice.sessions} />
    </>
  );
}

function Failure({ error }: { error: unknown }) {
  if (error instanceof AskError && error.code === "INVALID_CREDENTIALS")
    location.replace(`/sign-in.html?next=${encodeURIComponent(location.pathname)}`);
  return <p role="alert">{wordsFor(error)}</p>;
}

function show(answer?: { readonly loaded: Loaded } | { readonly error: unknown }): void {
  render(
    <>
      <Header />
      <main id="progress" aria-busy={answer === undefined}>
        <h1>{t.progress}</h1>
        {answer &&
          ("loaded" in answer ? <Progress loaded={answer.loaded} /> : <Failure error={answer.error} />)}
      </main>
    </>,
    document.body,
  );
}

document.title = `${t.progress} – Kuku Coach`;
const sheet = new CSSStyleSheet();
sheet.replaceSync(reportStyle);
document.adoptedStyleSheets = [sheet];
keepFocus();
show();
watchAccount();
show(
  await loadProgress().then(
    (loaded) => ({ loaded }),
    (error: unknown) => ({ error }),
  ),
);
