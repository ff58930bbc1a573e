/** A stand-in for the hearing thread that dies, or breaks, when told to by the text it should judge. */
import process from "node:process";

export default function hear({ text }: { text?: string }): { text: string; understood: boolean } {
  if (text === "die") process.exit(3);
  if (text === "break") throw new Error("the engine's own words");
  return { text: text ?? "", understood: true };
}
