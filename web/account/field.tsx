/** Fields of the forms around an account. */
import type { ComponentChildren, InputHTMLAttributes } from "preact";

interface FieldProps {
  readonly id: string;
  readonly name: string;
  readonly label: ComponentChildren;
  readonly type: "email" | "password" | "text";
  readonly autocomplete?: "username" | "name" | "current-password" | "new-password" | "off";
  readonly hint?: string;
  /** Shortest and longest, characters. */
  readonly length: readonly [number, number];
}

/** A labelled field of a form. */
export function Field({
  id,
  name,
  label,
  type,
  autocomplete,
  hint,
  length: [shortest, longest],
}: FieldProps) {
  const about = {
    type,
    autocomplete,
    minLength: shortest > 1 ? shortest : undefined,
    maxLength: longest,
    required: shortest > 0,
    "aria-describedby": hint === undefined ? undefined : `${id}-hint`,
  } as InputHTMLAttributes<HTMLInputElement>;
  return (
    <p class="field">
      <label for={id}>{label}</label> <input id={id} name={name} {...about} />{" "}
      {hint !== undefined && <small id={`${id}-hint`}>{hint}</small>}
    </p>
  );
}
