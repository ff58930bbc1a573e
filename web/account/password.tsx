/** Changing one's password. */
import { field } from "./actions.ts";
import { Field } from "./field.tsx";
import { request } from "./requests.ts";
import type { SectionProps } from "./sections.ts";
import { words } from "./texts.ts";

export function Password({ me, actions, reload }: SectionProps) {
  const send = actions.onSend(async (fields, form) => {
    const revokeKeys = fields.has("revokeKeys");
    const given = { current: field(fields, "current"), password: field(fields, "password"), revokeKeys };
    await request("POST", "/api/auth/change-password", given);
    form.reset();
    await reload();
    actions.tell(words.changed, "good");
  });
  return (
    <section class="card" aria-labelledby="password-heading">
      <h2 id="password-heading">{words.password}</h2>
      <form id="password" onSubmit={send}>
        {/* For password managers: whose password it is. */}
        <input type="text" name="username" autocomplete="username" value={me.email ?? ""} readOnly hidden />
        <Field
          id="current"
          name="current"
          label={words.presentPassword}
          type="password"
          autocomplete="current-password"
          length={[1, 128]}
        />
        <Field
          id="next"
          name="password"
          label={words.newOne}
          type="password"
          autocomplete="new-password"
          hint={words.newOneHint}
          length={[10, 128]}
        />
        <p class="field">
          <label>
            <input name="revokeKeys" type="checkbox" /> {words.revokeKeys}
          </label>
        </p>
        <button type="submit" disabled={actions.busy}>
          {words.changeIt}
        </button>
      </form>
    </section>
  );
}
