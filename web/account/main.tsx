/** The page of one's account: where one is signed in, the password, keys, and one's data. */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Brand } from "../brand.tsx";
import { Confirm, type Question, Told } from "../dialog.tsx";
import { keepFocus } from "../keep-focus.ts";
import { t } from "../messages/index.ts";
import { useActions } from "./actions.ts";
import { Data } from "./data.tsx";
import { Keys } from "./keys.tsx";
import { Password } from "./password.tsx";
import { Places } from "./places.tsx";
import { type Me, readKeys, readMe, readPlaces, request } from "./requests.ts";
import { leave, type SectionProps, type Shown } from "./sections.ts";
import { words } from "./texts.ts";

async function read(): Promise<Shown | undefined> {
  const me = await readMe();
  if (!me) return undefined;
  const signedIn = me.via === "sign_in";
  const [places, keys] = await Promise.all([
    signedIn ? readPlaces() : [],
    signedIn || me.via === "none" ? readKeys() : [],
  ]);
  return { me, places, keys };
}

function AccountPage() {
  const actions = useActions();
  const [shown, setShown] = useState<Shown>();
  const [question, setQuestion] = useState<Question>();
  const reload = async () => {
    const next = await read();
    if (next) setShown(next);
    else location.replace(`/sign-in.html?next=${encodeURIComponent(location.pathname)}`);
  };
  useEffect(() => actions.run(reload), []);
  const { outcome } = actions;
  return (
    <>
      <header>
        <Brand />
        <nav aria-label={t.progressPage.pages}>
          <a href="/">{t.practise}</a> <a href="/progress.html">{t.progress}</a>{" "}
          {shown?.me.role === "admin" && <a href="/admin.html">{t.administration}</a>}
        </nav>
      </header>
      <main class="account" id="account" aria-busy={shown === undefined && outcome === undefined}>
        <h1 class="unseen">{words.title}</h1>
        {outcome && <Told {...outcome} />}
        {shown && <Sections {...shown} actions={actions} ask={setQuestion} reload={reload} />}
        {question && <Confirm question={question} onDone={() => setQuestion(undefined)} />}
      </main>
    </>
  );
}

function Sections(props: SectionProps) {
  const { me, actions } = props;
  const signedIn = me.via === "sign_in";
  return (
    <>
      <section class="card" aria-labelledby="you-heading">
        <h2 id="you-heading">{words.you}</h2>
        <p id="you">{describe(me)}</p>
        {signedIn && (
          <p class="buttons">
            <button
              type="button"
              disabled={actions.busy}
              onClick={() => actions.run(async () => request("POST", "/api/auth/sign-out").then(leave))}
            >
              {words.signOut}
            </button>
          </p>
        )}
      </section>
      {signedIn && <Places {...props} />}
      {signedIn && <Password {...props} />}
      {(signedIn || me.via === "none") && <Keys {...props} />}
      {(signedIn || me.via === "none") && <Data {...props} />}
    </>
  );
}

function describe({ via, name, email = "", role }: Me): string {
  if (via === "none") return words.youAreLocal;
  if (via !== "sign_in") return words.youAreGuest;
  const told = name ? `${name}, ${email}` : email;
  return role === "admin" ? words.youAreAdmin(told) : told;
}

document.title = `${words.title} – Kuku Coach`;
keepFocus();
render(<AccountPage />, document.body);
