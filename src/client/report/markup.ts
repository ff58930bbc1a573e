/** Markup of the pages that someone keeps: whatever is put into it is text, and stays text. */

/** Text that is markup already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Markup | string | number | undefined | false | readonly Content[];

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Writes markup; values put in are escaped unless they are markup themselves. `undefined` and `false` are nothing. */
export function markup(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(
    parts.map((part, k) => part + (k < values.length ? contentText(values[k]) : "")).join(""),
  );
}

function contentText(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof Markup) return content.text;
  if (typeof content === "string") return content.replace(/[&<>"']/g, (sign) => escapes[sign] ?? sign);
  return typeof content === "number" ? String(content) : content.map(contentText).join("");
}
