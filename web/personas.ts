/** The server's personas as cards to choose from. */
import { AskError } from "../src/client/report/kept.ts";
import { askHere } from "./ask.ts";
import { element } from "./elements.ts";

/** A persona, as `GET /api/personas` returns it. */
export interface PersonaView {
  readonly id: string;
  readonly name: string;
  readonly flow: "coaching" | "drill" | "interview" | "rehearsal";
  /** BCP 47. */
  readonly language: string;
  /** Made by the user. */
  readonly own: boolean;
}

interface Card {
  readonly title: string;
  readonly about: string;
}

/** By flow: a persona of one's own does the same as the one that comes along. */
const flows: Readonly<Record<PersonaView["flow"], Card & { readonly id: string }>> = {
  drill: {
    id: "reader",
    title: "Read aloud",
    about: "Sentences, word pairs and pace: what was heard, word by word, and one thing to try.",
  },
  coaching: {
    id: "kuku",
    title: "Conversation",
    about: "Think something through, one open question at a time.",
  },
  interview: {
    id: "interviewer",
    title: "Job interview",
    about: "One question after the other, and feedback at the end.",
  },
  rehearsal: {
    id: "presenter",
    title: "Rehearse a talk",
    about: "Kuku waits through your pauses, and says how it sounded when you ask.",
  },
};
const order = Object.values(flows).map(({ id }) => id);
const place = element("personas", HTMLElement);

let personas: readonly PersonaView[] = [];

/** Whether a persona is one of the built-in ones, unchanged. */
export function comesAlong({ id, name, flow }: PersonaView): boolean {
  return flows[flow].id === id && name.startsWith("Kuku");
}

/** A persona's name on the page. */
export function titleOf(persona: PersonaView): string {
  return comesAlong(persona) ? flows[persona.flow].title : persona.name;
}

function card(persona: PersonaView, checked: boolean): HTMLElement {
  const label = document.createElement("label");
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name: "persona", value: persona.id, checked });
  const about = document.createElement("small");
  about.id = `about-${persona.id}`;
  about.textContent = flows[persona.flow].about;
  const title = document.createElement("b");
  title.id = `title-${persona.id}`;
  title.textContent = titleOf(persona);
  // The name is read by itself, what it does after it.
  input.setAttribute("aria-labelledby", title.id);
  input.setAttribute("aria-describedby", about.id);
  if (persona.own) title.append(" ", Object.assign(document.createElement("i"), { textContent: "yours" }));
  const text = document.createElement("span");
  text.append(title, about);
  label.append(input, text);
  return label;
}

/** Asks the server and draws the cards; the reader, who needs no speech service, comes first. @throws AskError */
export async function loadPersonas(): Promise<void> {
  const { personas: told } = (await askHere("/api/personas")) as { personas: PersonaView[] };
  if (told.length === 0) throw new AskError("NO_PERSONA", "This server has no coach to talk with.");
  const rank = ({ id }: PersonaView) => (order.includes(id) ? order.indexOf(id) : order.length);
  personas = told.toSorted((a, b) => rank(a) - rank(b));
  place.append(...personas.map((persona, index) => card(persona, index === 0)));
}

/** The one that is chosen; undefined while they are not known. */
export function chosenPersona(): PersonaView | undefined {
  const id = place.querySelector<HTMLInputElement>("input:checked")?.value;
  return personas.find((persona) => persona.id === id);
}
