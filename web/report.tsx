/** The page of one session: what someone keeps of it, as `kuku report` writes it. */
import texts from "kuku:languages/report";
import { render } from "preact";
import { AskError, readKept } from "../src/client/report/kept.ts";
import { drawSession } from "../src/client/report/session-report.ts";
import { reportStyle } from "../src/client/report/style.ts";
import { askHere } from "./ask.ts";
import { Brand } from "./brand.tsx";
import { Told } from "./dialog.tsx";
import { wordsFor } from "./errors.ts";
import { t } from "./messages/index.ts";
import { chosenTexts } from "./messages/language.ts";
import { AccountCorner, watchAccount } from "./who.tsx";

const report = chosenTexts(texts);

function Page({ drawn, failure }: { drawn?: string; failure?: string }) {
  return (
    <>
      <header>
        <Brand />
        <nav aria-label={t.progressPage.pages}>
          <a href="/progress.html">{t.progress}</a> <a href="/">{t.practise}</a>
        </nav>
        <AccountCorner idle={false} />
      </header>
      <main id="kept" aria-busy={drawn === undefined && failure === undefined}>
        {failure !== undefined && <Told text={failure} />}
        {/* `markup` has escaped all that was put into it. */}
        {drawn !== undefined && <div dangerouslySetInnerHTML={{ __html: drawn }} />}
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
  const drawn = drawSession(await readKept(askHere, session), report).text;
  render(<Page drawn={drawn} />, document.body);
} catch (error) {
  render(<Page failure={whyNot(error)} />, document.body);
}
