/** Typing in place of speaking. */
import { useRef } from "preact/hooks";
import { t } from "../messages/index.ts";
import { useModel } from "./use-model.ts";

export function TypeForm() {
  const model = useModel();
  const typed = useRef<HTMLInputElement>(null);
  return (
    <form
      id="type-form"
      onSubmit={(event) => {
        event.preventDefault();
        const text = typed.current?.value.trim() ?? "";
        if (text === "" || !typed.current) return;
        model.say(text);
        typed.current.value = "";
      }}
    >
      <input
        id="typed"
        ref={typed}
        type="text"
        maxLength={2000}
        autocomplete="off"
        aria-label={t.talk.type}
        placeholder={t.talk.typeHint}
      />
      <button type="submit">{t.talk.send}</button>
    </form>
  );
}
