/** One's data: taken along as a file, or erased. */
import { field } from "./actions.ts";
import { Field } from "./field.tsx";
import { request } from "./requests.ts";
import type { SectionProps } from "./sections.ts";
import { words } from "./texts.ts";

export function Data({ me, actions }: SectionProps) {
  const send = actions.onSend(async (fields) => {
    const [password, confirm] = [field(fields, "password"), field(fields, "confirm")];
    await request("DELETE", "/api/me", { ...(password && { password }), ...(confirm && { confirm }) });
    await request("POST", "/api/auth/sign-out").catch(() => {}); // there may be nobody to sign out
    location.replace("/");
  });
  return (
    <section class="card" aria-labelledby="data-heading">
      <h2 id="data-heading">{words.data}</h2>
      <p>
        <a href="/api/me/export" download>
          {words.exportLink}
        </a>
        {words.exportRest}
      </p>
      <details>
        <summary>{words.erase}</summary>
        <p>{words.eraseText}</p>
        <form id="erase" onSubmit={send}>
          {me.via === "sign_in" ? (
            <Field
              id="erase-password"
              name="password"
              label={words.erasePassword}
              type="password"
              autocomplete="current-password"
              length={[1, 128]}
            />
          ) : (
            <Field
              id="erase-confirm"
              name="confirm"
              label={words.eraseConfirm}
              type="text"
              autocomplete="off"
              length={[1, 100]}
            />
          )}
          <button type="submit" class="danger" disabled={actions.busy}>
            {words.erase}
          </button>
        </form>
      </details>
    </section>
  );
}
