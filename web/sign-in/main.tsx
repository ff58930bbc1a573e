/** The page of signing in, of making an account, and of the links that mails bring. What is behind `#` says which. */
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { AskError } from "../../src/client/report/kept.ts";
import { type Actions, field, useActions } from "../account/actions.ts";
import { type AccessSettings, readMe, readSettings, request } from "../account/requests.ts";
import { words } from "../account/texts.ts";
import { Brand } from "../brand.tsx";
import { Told } from "../dialog.tsx";
import { keepFocus } from "../keep-focus.ts";
import { t } from "../messages/index.ts";
import { type FormProps, type View, viewParts } from "./views.tsx";

/** From a mailed link. */
let token = "";

/** A token goes out of the address at once: it is nobody's to find in the history. */
function wantedView({ mode, signUp }: AccessSettings): View {
  const [name = "", secret = ""] = location.hash.slice(1).split("=");
  if (secret !== "") {
    token = secret;
    history.replaceState(null, "", location.pathname + location.search);
  }
  if (mode === "none") return "none";
  if ((name === "verify" || name === "reset") && token !== "") return name;
  if (name === "forgot") return "forgot";
  return name === "sign-up" && signUp ? "sign-up" : "sign-in";
}

/** On to where one came from; to no other site. */
function enter(): void {
  const next = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
  location.replace(next.origin === location.origin ? next.pathname + next.search : "/");
}

interface Mailed {
  readonly email: string;
  readonly text: string;
  /** Another mail can be asked for. */
  readonly again: boolean;
}

/** The view that the address asks for, and the settings that it depends on. */
function useView(actions: Actions, onChange: () => void) {
  const [settings, setSettings] = useState<AccessSettings>();
  const [view, setView] = useState<View>();
  useEffect(() => {
    actions.run(async () => {
      const known = await readSettings();
      setSettings(known);
      setView(wantedView(known));
      // A signed-in user came for a link, or by mistake.
      if (token === "" && known.mode === "accounts" && (await readMe())?.via === "sign_in") enter();
    });
  }, []);
  useEffect(() => {
    if (!settings) return;
    const follow = () => {
      onChange();
      setView(wantedView(settings));
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [settings]);
  return { settings, view, setView };
}

/** What the forms need, and the view that is shown. */
function useForms(actions: Actions): { readonly view: View | undefined; readonly forms: FormProps } {
  const [mailed, setMailed] = useState<Mailed>({ email: "", text: "", again: false });
  const [unverified, setUnverified] = useState("");
  const { settings, view, setView } = useView(actions, () => {
    actions.tell("");
    setUnverified("");
  });
  const showMailed = (email: string, text: string, again: boolean) => {
    setMailed({ email, text, again });
    setView("mailed");
  };
  const forms = {
    busy: actions.busy,
    settings,
    mailed,
    unverified,
    onSignIn: actions.onSend((fields) => signIn(fields, setUnverified)),
    onSignUp: actions.onSend(async (fields) => {
      const email = field(fields, "email");
      const account = { email, password: field(fields, "password"), name: field(fields, "name") };
      const { verify } = (await request("POST", "/api/auth/sign-up/email", account)) as { verify: boolean };
      if (!verify) return enter();
      showMailed(email, words.mailedSignUp(email), true);
    }),
    onForgot: actions.onSend(async (fields) => {
      const email = field(fields, "email");
      await request("POST", "/api/auth/request-password-reset", { email });
      showMailed(email, words.mailedForgot(email), false);
    }),
    onVerify: actions.onSend(async () => {
      await request("POST", "/api/auth/verify-email", { token });
      setView("sign-in");
      actions.tell(words.verified, "good");
    }),
    onReset: actions.onSend(async (fields) => {
      await request("POST", "/api/auth/reset-password", { token, password: field(fields, "password") });
      setView("sign-in");
      actions.tell(words.isSet, "good");
    }),
    onResend: (email: string) =>
      actions.run(async () => {
        await request("POST", "/api/auth/send-verification-email", { email });
        showMailed(email, words.mailedAgain(email), true);
      }),
  };
  return { view, forms };
}

function SignInPage() {
  const actions = useActions();
  const { view, forms } = useForms(actions);
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    const heading = section.current?.querySelector("h1");
    if (!view || !heading) return;
    document.title = `${heading.textContent} – Kuku Coach`;
    (section.current?.querySelector<HTMLElement>("input:not([type=checkbox])") ?? heading).focus();
  }, [view]);
  const Part = view && viewParts[view];
  return (
    <>
      <header>
        <Brand />
        <nav aria-label={t.progressPage.pages}>
          <a href="/">{t.practise}</a>
        </nav>
      </header>
      <main class="account" aria-busy={view === undefined && !actions.outcome}>
        {actions.outcome && <Told {...actions.outcome} />}
        {Part && (
          <section class="card" id={`view-${view}`} ref={section}>
            <Part {...forms} />
          </section>
        )}
      </main>
    </>
  );
}

/** @throws AskError, in this form's own words where the credentials are wrong */
async function signIn(fields: FormData, onUnverified: (email: string) => void): Promise<void> {
  const email = field(fields, "email");
  try {
    const given = { email, password: field(fields, "password"), remember: fields.has("remember") };
    await request("POST", "/api/auth/sign-in/email", given);
    enter();
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    if (error.code === "EMAIL_NOT_VERIFIED") onUnverified(email);
    throw error.code === "INVALID_CREDENTIALS" ? new AskError("WRONG_SIGN_IN", error.message) : error;
  }
}

document.title = `${t.signIn} – Kuku Coach`;
keepFocus();
render(<SignInPage />, document.body);
