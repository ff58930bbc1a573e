/** The server's personas, and the four that come along, which are known before it has answered. */
import { AskError } from "../../src/client/report/kept.ts";
import { askHere } from "../ask.ts";
import { t } from "../messages/index.ts";

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

const builtIn: Readonly<Record<PersonaView["flow"], string>> = {
  drill: "reader",
  coaching: "kuku",
  interview: "interviewer",
  rehearsal: "presenter",
};
const order = Object.values(builtIn);

/** Shown until the server has answered: it has the same four, with an operator's leave. The reader needs no speech service. */
export const expectedPersonas: readonly PersonaView[] = Object.entries(builtIn).map(([flow, id]) => ({
  id,
  name: "Kuku",
  flow: flow as PersonaView["flow"],
  language: "en-US",
  own: false,
}));

/** Whether a persona is one of the built-in ones, unchanged. */
export function comesAlong({ id, name, flow }: PersonaView): boolean {
  return builtIn[flow] === id && name.startsWith("Kuku");
}

/** A persona's name on the page. */
export function titleOf(persona: PersonaView): string {
  return comesAlong(persona) ? t.flows[persona.flow].title : persona.name;
}

/** Asks the server. @throws AskError */
export async function loadPersonas(): Promise<readonly PersonaView[]> {
  const { personas } = (await askHere("/api/personas")) as { personas: PersonaView[] };
  if (personas.length === 0) throw new AskError("NO_PERSONA", t.notice.noPersona);
  const rank = ({ id }: PersonaView) => (order.includes(id) ? order.indexOf(id) : order.length);
  return personas.toSorted((a, b) => rank(a) - rank(b));
}
