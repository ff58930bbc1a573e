/** A terminal, or what stands in for one: printed to, and asked for a password. */
import { createInterface } from "node:readline";
import { type Readable, Writable } from "node:stream";

export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly out: { write(text: string): unknown };
  readonly error: { write(text: string): unknown };
}

/** Longest input that is read, characters. */
const most = 4096;

/** All of an input that is no terminal. */
export async function readAll(input: Readable): Promise<string> {
  let text = "";
  for await (const part of input) {
    text += String(part);
    if (text.length > most) break;
  }
  return text;
}

/**
 * Asks for something that the terminal does not show, and once more. Ctrl-C and Ctrl-D answer nothing.
 * @returns undefined: the two differ; empty: nothing was typed
 */
export async function askTwice(
  { input, error }: Terminal,
  question: string,
  again: string,
): Promise<string | undefined> {
  const nowhere = new Writable({ write: (_part, _encoding, done) => done() });
  // Taking the terminal over keeps it from showing what is typed; what would be shown instead goes nowhere.
  const lines = createInterface({ input, output: nowhere, terminal: true });
  const typed = lines[Symbol.asyncIterator]();
  const ask = async (text: string): Promise<string> => {
    error.write(text);
    const { value = "" } = await typed.next();
    error.write("\n");
    return value;
  };
  try {
    const answer = await ask(question);
    return answer === "" || (await ask(again)) === answer ? answer : undefined;
  } finally {
    lines.close();
  }
}
