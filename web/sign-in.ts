/** The page of signing in, of making an account, and of the links that mails bring. What is behind `#` says which. */
import { AskError } from "../src/client/report/kept.ts";
import { type AccessSettings, readMe, readSettings, request, wordsFor } from "./account-requests.ts";
import { element } from "./elements.ts";
import { field, onPress, onSend, tell } from "./forms.ts";

const views = ["sign-in", "sign-up", "forgot", "mailed", "verify", "reset", "none"] as const;
type View = (typeof views)[number];

let settings: AccessSettings = { mode: "accounts", signUp: false, guests: false };
/** From a mailed link. */
let token = "";
/** Whom the last link was mailed to. */
let mailedTo = "";

function show(view: View): void {
  for (const name of views) element(`view-${name}`, HTMLElement).hidden = name !== view;
  const section = element(`view-${view}`, HTMLElement);
  const heading = section.querySelector("h2");
  document.title = `${heading?.textContent} – Kuku Coach`;
  const first = section.querySelector<HTMLElement>("input:not([type=checkbox])") ?? heading;
  first?.focus();
}

/** A token goes out of the address at once: it is nobody's to find in the history. */
function follow(): void {
  const [name = "", secret = ""] = location.hash.slice(1).split("=");
  if (secret !== "") {
    token = secret;
    history.replaceState(null, "", location.pathname + location.search);
  }
  tell("");
  element("offer-resend", HTMLElement).hidden = true;
  if (settings.mode === "none") return show("none");
  if ((name === "verify" || name === "reset") && token !== "") return show(name);
  if (name === "forgot") return show("forgot");
  show(name === "sign-up" && settings.signUp ? "sign-up" : "sign-in");
}

function showMailed(email: string, text: string, again: boolean): void {
  mailedTo = email;
  element("mailed-text", HTMLElement).textContent = text;
  element("mailed-again", HTMLElement).hidden = !again;
  show("mailed");
}

/** On to where one came from; to no other site. */
function enter(): void {
  const next = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
  location.replace(next.origin === location.origin ? next.pathname + next.search : "/");
}

async function resend(): Promise<void> {
  await request("POST", "/api/auth/send-verification-email", { email: mailedTo });
  showMailed(mailedTo, `If ${mailedTo} has an account that waits for it, a new link is on its way.`, true);
}

onSend("sign-in", async (fields) => {
  const email = field(fields, "email");
  try {
    const given = { email, password: field(fields, "password"), remember: fields.has("remember") };
    await request("POST", "/api/auth/sign-in/email", given);
    enter();
  } catch (error) {
    if (error instanceof AskError && error.code === "EMAIL_NOT_VERIFIED") {
      mailedTo = email;
      element("offer-resend", HTMLElement).hidden = false;
    }
    throw error;
  }
});

onSend("sign-up", async (fields) => {
  const email = field(fields, "email");
  const account = { email, password: field(fields, "password"), name: field(fields, "name") };
  const { verify } = (await request("POST", "/api/auth/sign-up/email", account)) as { verify: boolean };
  if (!verify) return enter();
  showMailed(email, `Open the link that was sent to ${email}. With it your account is ready.`, true);
});

onSend("forgot", async (fields) => {
  const email = field(fields, "email");
  await request("POST", "/api/auth/request-password-reset", { email });
  showMailed(email, `If there is an account for ${email}, a link for a new password is on its way.`, false);
});

onSend("verify", async () => {
  await request("POST", "/api/auth/verify-email", { token });
  show("sign-in");
  tell("Your address is confirmed. Sign in, and off you go.", "good");
});

onSend("reset", async (fields) => {
  await request("POST", "/api/auth/reset-password", { token, password: field(fields, "password") });
  show("sign-in");
  tell("Your new password is set. Sign in with it.", "good");
});

onPress(element("resend", HTMLButtonElement), resend);
onPress(element("resend-early", HTMLButtonElement), resend);
window.addEventListener("hashchange", follow);

try {
  settings = await readSettings();
  element("offer-sign-up", HTMLElement).hidden = !settings.signUp;
  element("offer-guest", HTMLElement).hidden = !settings.guests;
  follow();
  // A signed-in user came for a link, or by mistake.
  if (token === "" && settings.mode === "accounts" && (await readMe())?.via === "sign_in") enter();
} catch (error) {
  tell(wordsFor(error));
}
