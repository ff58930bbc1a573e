/** The page of one's account: where one is signed in, the password, keys, and one's data. */
import { formatDay } from "../src/client/report/figures.ts";
import { loadKeys, makeKey } from "./account-keys.ts";
import { type Me, readMe, request, wordsFor } from "./account-requests.ts";
import { element } from "./elements.ts";
import { field, onPress, onSend, tell } from "./forms.ts";

interface Place {
  readonly id: string;
  readonly current: boolean;
  readonly lastUsedAt: string;
  readonly address?: string;
  readonly userAgent?: string;
}

const press = (id: string, act: () => Promise<void>) => onPress(element(id, HTMLButtonElement), act);

function leave(): void {
  location.replace("/sign-in.html");
}

function drawMe(me: Me): void {
  const [signedIn, local] = [me.via === "sign_in", me.via === "none"];
  const shown = { "signed-in": signedIn, local, owner: signedIn || local };
  for (const [name, visible] of Object.entries(shown))
    for (const part of document.querySelectorAll<HTMLElement>(`[data-${name}]`)) part.hidden = !visible;
  element("scope-admin", HTMLElement).hidden = me.role !== "admin";
  element("administration", HTMLElement).hidden = me.role !== "admin";
  element("erase-password", HTMLInputElement).required = signedIn;
  element("erase-confirm", HTMLInputElement).required = local;
  const role = me.role === "admin" ? ", who administers this server" : "";
  const name = me.name ? `${me.name}, ${me.email}` : (me.email ?? "");
  element("you", HTMLElement).textContent = signedIn
    ? name + role
    : local
      ? "The one user of this server: it asks nobody who they are."
      : "A guest.";
}

const browsers = { Edg: "Edge", OPR: "Opera", Firefox: "Firefox", Chrome: "Chrome", Safari: "Safari" };
const systems = {
  Android: "Android",
  iPhone: "iPhone",
  iPad: "iPad",
  Windows: "Windows",
  Mac: "Mac",
  Linux: "Linux",
};

/** Browser and system names by a mark in the User-Agent header; the first that fits counts. */
function deviceOf(userAgent: string): string {
  const named = (names: Record<string, string>) =>
    Object.keys(names).find((name) => userAgent.includes(name));
  const [browser, system] = [named(browsers), named(systems)];
  if (!browser) return userAgent.slice(0, 60);
  const name = browsers[browser as keyof typeof browsers];
  return system ? `${name} on ${systems[system as keyof typeof systems]}` : name;
}

function drawPlace({ id, current, lastUsedAt, address, userAgent }: Place): HTMLLIElement {
  const item = document.createElement("li");
  const text = document.createElement("div");
  const note = document.createElement("small");
  text.textContent = userAgent ? deviceOf(userAgent) : "An unknown program";
  const day = formatDay(lastUsedAt);
  note.textContent = [current ? "here" : `last used ${day}`, address].filter(Boolean).join(" · ");
  text.append(note);
  item.append(text);
  if (current) return item;
  const end = document.createElement("button");
  end.textContent = "Sign out there";
  onPress(end, async () => {
    await request("DELETE", `/api/auth/sign-ins/${id}`);
    await loadPlaces();
  });
  item.append(end);
  return item;
}

async function loadPlaces(): Promise<void> {
  const { signIns } = (await request("GET", "/api/auth/sign-ins")) as { signIns: readonly Place[] };
  element("places", HTMLElement).replaceChildren(...signIns.map(drawPlace));
}

press("sign-out", async () => {
  await request("POST", "/api/auth/sign-out");
  leave();
});
press("sign-out-others", async () => {
  await request("POST", "/api/auth/revoke-other-sessions");
  await loadPlaces();
  tell("Only this sign-in is left.", "good");
});
press("sign-out-all", async () => {
  await request("POST", "/api/auth/revoke-sessions");
  leave();
});

onSend("password", async (fields) => {
  const revokeKeys = fields.has("revokeKeys");
  const given = { current: field(fields, "current"), password: field(fields, "password"), revokeKeys };
  await request("POST", "/api/auth/change-password", given);
  element("password", HTMLFormElement).reset();
  await loadPlaces();
  if (revokeKeys) await loadKeys();
  tell("Your password is changed, and every other sign-in has ended.", "good");
});

onSend("make-key", makeKey);

onSend("erase", async (fields) => {
  const [password, confirm] = [field(fields, "password"), field(fields, "confirm")];
  await request("DELETE", "/api/me", { ...(password && { password }), ...(confirm && { confirm }) });
  await request("POST", "/api/auth/sign-out").catch(() => {}); // there may be nobody to sign out
  location.replace("/");
});

try {
  const me = await readMe();
  if (!me) location.replace("/sign-in.html?next=/account.html");
  else {
    drawMe(me);
    if (me.via === "sign_in") await loadPlaces();
    if (me.via === "sign_in" || me.via === "none") await loadKeys();
  }
} catch (error) {
  tell(wordsFor(error));
}
element("account", HTMLElement).removeAttribute("aria-busy");
