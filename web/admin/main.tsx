/** The administrators' page: one section at a time, named by the address behind the `#`. */
import { type ComponentChildren, type FunctionComponent, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { readMe } from "../account/requests.ts";
import { Told } from "../dialog.tsx";
import { wordsFor } from "../errors.ts";
import { keepFocus } from "../keep-focus.ts";
import { Health } from "./health.tsx";
import { AuditSection, Keys } from "./keys-and-audit.tsx";
import { Live } from "./live.tsx";
import { type Section, t } from "./messages.ts";
import { Nodes } from "./nodes.tsx";
import { People } from "./people.tsx";
import { UsageSection } from "./usage.tsx";

const sections: Readonly<Record<Section, FunctionComponent>> = {
  live: Live,
  nodes: Nodes,
  people: People,
  usage: UsageSection,
  health: Health,
  keys: Keys,
  audit: AuditSection,
};

function shownSection(): Section {
  const named = location.hash.slice(1);
  return Object.hasOwn(sections, named) ? (named as Section) : "live";
}

function Administration() {
  const [shown, setShown] = useState(shownSection);
  useEffect(() => {
    const look = () => setShown(shownSection());
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  const Shown = sections[shown];
  return (
    <Frame>
      <nav class="sections" aria-label={t.administration}>
        {(Object.keys(sections) as Section[]).map((name) => (
          <a key={name} href={`#${name}`} aria-current={name === shown ? "page" : undefined}>
            {t.sections[name]}
          </a>
        ))}
      </nav>
      <main>
        <Shown key={shown} />
      </main>
    </Frame>
  );
}

function Frame({ children }: { children: ComponentChildren }) {
  return (
    <>
      <header>
        <h1>{t.title}</h1>
        <nav aria-label={t.otherPages}>
          <a href="/">{t.practise}</a> <a href="/account.html">{t.account}</a>
        </nav>
      </header>
      {children}
    </>
  );
}

/** In place of the page, for whoever may not see it. */
function Refused({ text }: { text: string }) {
  return (
    <Frame>
      <main>
        <Told text={text} />
      </main>
    </Frame>
  );
}

async function open(): Promise<void> {
  document.title = `${t.title} – Kuku Coach`;
  try {
    const me = await readMe();
    if (!me) return location.replace("/sign-in.html?next=/admin.html");
    render(me.role === "admin" ? <Administration /> : <Refused text={t.forAdministrators} />, document.body);
  } catch (error) {
    render(<Refused text={wordsFor(error)} />, document.body);
  }
}

keepFocus();
void open();
