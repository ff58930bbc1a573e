/** The corner of the first page that says who is there, and offers to sign in where that is possible. */
import { readMe, readSettings, request } from "./account-requests.ts";
import { element } from "./elements.ts";

const corner = element("account", HTMLElement);

function link(href: string, text: string): HTMLAnchorElement {
  const made = document.createElement("a");
  made.href = href;
  made.textContent = text;
  return made;
}

async function look(): Promise<void> {
  const { mode, guests } = await readSettings();
  if (mode === "none") return;
  const me = await readMe();
  if (!me && guests) {
    // The cookie of a sign-in that has ended keeps a guest out; with it gone they come in, and the page has what it lacked.
    await request("POST", "/api/auth/sign-out");
    if (await readMe()) return location.reload();
  }
  const signedIn = me?.via === "sign_in";
  corner.replaceChildren(
    signedIn
      ? link("/account.html", me.name || me.email || "Your account")
      : link("/sign-in.html", "Sign in"),
  );
  corner.hidden = false;
  // Without either there is nothing to choose from: the page says so in place of what it would offer.
  document.body.dataset.account = me ? "known" : "missing";
  element("sign-in-first", HTMLElement).hidden = me !== undefined;
}

// A failure is ignored here: the page says elsewhere that the server is away.
look().catch(() => {});
