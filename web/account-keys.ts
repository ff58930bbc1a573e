/** The part of the account's page with one's API keys. */
import { formatDay } from "../src/client/report/figures.ts";
import { request } from "./account-requests.ts";
import { element } from "./elements.ts";
import { field, onPress } from "./forms.ts";

interface Key {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly expiresAt?: string;
  readonly lastUsedAt?: string;
}

const dayMs = 86_400_000;

/** Reads and shows them. @throws AskError */
export async function loadKeys(): Promise<void> {
  const { keys } = (await request("GET", "/api/keys")) as { keys: readonly Key[] };
  element("keys", HTMLElement).replaceChildren(...keys.map(drawKey));
}

/** Makes one, and shows it this once. @throws AskError */
export async function makeKey(fields: FormData): Promise<void> {
  const days = Number(field(fields, "days"));
  const expiresAt = days > 0 && { expiresAt: new Date(Date.now() + days * dayMs).toISOString() };
  const wanted = { name: field(fields, "name"), scopes: fields.getAll("scope"), ...expiresAt };
  const { key } = (await request("POST", "/api/keys", wanted)) as { key: string };
  element("new-key", HTMLElement).hidden = false;
  element("new-key-text", HTMLElement).textContent = key;
  element("make-key", HTMLFormElement).reset();
  await loadKeys();
}

function drawKey({ id, name, prefix, scopes, expiresAt, lastUsedAt }: Key): HTMLLIElement {
  const item = document.createElement("li");
  const text = document.createElement("div");
  const note = document.createElement("small");
  text.textContent = name;
  note.textContent = [
    `${prefix}…`,
    scopes.join(", "),
    lastUsedAt ? `last used ${formatDay(lastUsedAt)}` : "never used",
    expiresAt && `until ${formatDay(expiresAt)}`,
  ]
    .filter(Boolean)
    .join(" · ");
  text.append(note);
  const revoke = document.createElement("button");
  revoke.textContent = "Revoke";
  revoke.setAttribute("aria-label", `Revoke ${name}`);
  onPress(revoke, async () => {
    await request("DELETE", `/api/keys/${id}`);
    await loadKeys();
  });
  item.append(text, revoke);
  return item;
}
