/** The page of one session: what someone keeps of it, as `kuku report` writes it. */
import texts from "kuku:languages/report";
import { render } from "preact";
import { AskError, type KeptSession, readKept } from "../src/client/report/kept.ts";
import { drawSession } from "../src/client/report/session-report.ts";
import { reportStyle } from "../src/client/report/style.ts";
import { askHere } from "./ask.ts";
import { Brand } from "./brand.tsx";
import { Told } from "./dialog.tsx";
import { wordsFor } from "./errors.ts";
import { t } from "./messages/index.ts";
import { chosenTexts } from "./messages/language.ts";
import { TakeAwayButtons } from "./practice/take-away.tsx";
import { AccountCorner, watchAccount } from "./who.tsx";

const report = chosenTexts(texts);

interface PageProps {
  readonly kept?: KeptSession;
  readonly failure?: string;
}

function Page({ kept, failure }: PageProps) {
  return (
    <>
      <header>
        <Brand />
        <nav aria-label={t.progressPage.pages}>
          <a href="/progress.html">{t.progress}</a> <a href="/">{t.practise}</a>
        </nav>
        <AccountCorner idle={false} />
      </header>
      <main id="kept" aria-busy={kept === undefined && failure === undefined}>
        {failure !== undefined && <Told text={failure} />}
        {/* `markup` has escaped all that was put into it. */}
        {kept && <div dangerouslySetInnerHTML={{ __html: drawSession(kept, report).text }} />}
        {kept && (
          <div class="take-away">
            <TakeAwayButtons sessionId={kept.session.sessionId} ended={kept.report !== undefined} />
          </div>
        )}
      </main>
    </>
  );
}

/** In words for people; who has to sign in first does, and comes back. */
function whyNot(error: unknown): string {
  if (error instanceof AskError && error.code === "INVALID_CREDENTIALS")
    location.replace(`/sign-in.html?next=${encodeURIComponent(location.pathname + location.search)}`);
  if (error instanceof AskError) return wordsFor(error);
  console.error(error);
  return t.errors.notDrawn;
}

const sheet = new CSSStyleSheet();
sheet.replaceSync(reportStyle);
document.adoptedStyleSheets = [sheet];
document.title = `${report.heading} – Kuku Coach`;
render(<Page />, document.body);
watchAccount();
try {
  const session = new URL(location.href).searchParams.get("session") ?? "";
  render(<Page kept={await readKept(askHere, session)} />, document.body);
} catch (error) {
  render(<Page failure={whyNot(error)} />, document.body);
}
