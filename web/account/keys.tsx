/** One's API keys: made, copied once, revoked. */
import { useState } from "preact/hooks";
import { formatDay } from "../format.ts";
import { type Actions, field } from "./actions.ts";
import { Field } from "./field.tsx";
import { type Key, request, type Scope, type Span } from "./requests.ts";
import type { SectionProps } from "./sections.ts";
import { words } from "./texts.ts";

const dayMs = 86_400_000;
const scopes: readonly Scope[] = ["read", "talk", "erase", "admin"];
const spans: readonly Span[] = ["30", "90", "365", ""];

export function Keys({ me, keys, actions, ask, reload }: SectionProps) {
  const [made, setMade] = useState("");
  const revoke = ({ id, name }: Key) =>
    ask({
      title: words.revokeTitle(name),
      text: words.revokeText,
      action: words.revoke,
      confirm: async () => {
        await request("DELETE", `/api/keys/${id}`);
        await reload();
        actions.tell(words.revoked, "good");
      },
    });
  return (
    <section class="card" aria-labelledby="keys-heading">
      <h2 id="keys-heading">{words.keys}</h2>
      <p class="quiet">{words.keysAbout}</p>
      <ul id="keys" class="list">
        {keys.map((key) => (
          <li key={key.id}>
            <div>
              {key.name}
              <small>{describe(key)}</small>
            </div>
            <button type="button" aria-label={`${words.revoke}: ${key.name}`} onClick={() => revoke(key)}>
              {words.revoke}
            </button>
          </li>
        ))}
      </ul>
      {keys.length === 0 && <p class="quiet">{words.noKeys}</p>}
      {made !== "" && <NewKey text={made} />}
      <MakeKey
        actions={actions}
        mayAdminister={me.role === "admin"}
        onMade={async (key) => {
          setMade(key);
          await reload();
        }}
      />
    </section>
  );
}

function describe({ prefix, scopes: allowed, lastUsedAt, expiresAt }: Key): string {
  return [
    `${prefix}…`,
    allowed.map((scope) => words.scopes[scope]).join(", "),
    lastUsedAt ? words.lastUsed(formatDay(lastUsedAt)) : words.neverUsed,
    expiresAt && words.until(formatDay(expiresAt)),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** Shown this once. */
function NewKey({ text }: { text: string }) {
  const [copied, setCopied] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
    } catch {
      // Without leave for the clipboard, or on a page that is not secure: selected, for the keyboard or the finger.
      const code = document.getElementById("new-key-text");
      if (code) getSelection()?.selectAllChildren(code);
    }
  };
  return (
    <div id="new-key" role="status">
      <p>{words.newKey}</p>
      <code id="new-key-text" class="key">
        {text}
      </code>
      <p class="buttons">
        <button type="button" onClick={() => void copy()}>
          {copied === text ? words.copied : words.copy}
        </button>
      </p>
    </div>
  );
}

interface MakeKeyProps {
  readonly actions: Actions;
  readonly mayAdminister: boolean;
  readonly onMade: (key: string) => Promise<void>;
}

function MakeKey({ actions, mayAdminister, onMade }: MakeKeyProps) {
  const send = actions.onSend(async (fields, form) => {
    const days = Number(field(fields, "days"));
    const expiresAt = days > 0 && { expiresAt: new Date(Date.now() + days * dayMs).toISOString() };
    const wanted = { name: field(fields, "name"), scopes: fields.getAll("scope"), ...expiresAt };
    const { key } = (await request("POST", "/api/keys", wanted)) as { key: string };
    form.reset();
    await onMade(key);
  });
  return (
    <details>
      <summary>{words.makeKey}</summary>
      <form id="make-key" onSubmit={send}>
        <Field id="key-name" name="name" label={words.keyName} type="text" length={[1, 100]} />
        <fieldset>
          <legend>{words.keyScopes}</legend>
          {scopes
            .filter((scope) => scope !== "admin" || mayAdminister)
            .map((scope) => (
              <label key={scope}>
                <input
                  type="checkbox"
                  name="scope"
                  value={scope}
                  defaultChecked={scope === "read" || scope === "talk"}
                />{" "}
                {words.scopes[scope]}
              </label>
            ))}
        </fieldset>
        <p class="field">
          <label for="key-days">{words.goodFor}</label>{" "}
          <select id="key-days" name="days">
            {spans.map((span) => (
              <option key={span} value={span} selected={span === "90"}>
                {words.spans[span]}
              </option>
            ))}
          </select>
        </p>
        <button type="submit" disabled={actions.busy}>
          {words.makeIt}
        </button>
      </form>
    </details>
  );
}
