/** Opens a model of punctuation. */
import type { PunctuationTask } from "./messages.ts";
import { type Punctuate, sentenceCase } from "./transcript.ts";

type Sherpa = typeof import("sherpa-onnx-node");

/** Marks that a model of Chinese and English puts behind words of either. */
const chineseMarks: Readonly<Record<string, string>> = {
  "，": ",",
  "、": ",",
  "。": ".",
  "？": "?",
  "！": "!",
};

export function openPunctuator(
  sherpa: Pick<Sherpa, "OnlinePunctuation" | "OfflinePunctuation">,
  { family, config }: PunctuationTask,
  threads: number,
): Punctuate {
  const model = { ...config, numThreads: threads };
  if (family === "cnn_bilstm") {
    const withCasing = new sherpa.OnlinePunctuation({ model });
    return (text) => withCasing.addPunct(text);
  }
  const marks = new sherpa.OfflinePunctuation({ model });
  return (text) => {
    const marked = marks.addPunct(text);
    return /\p{Script=Han}/u.test(text) ? marked : sentenceCase(withLatinMarks(marked));
  };
}

const withLatinMarks = (text: string) =>
  text.replace(/\s*([，、。？！])\s*/g, (_, mark: string) => `${chineseMarks[mark]} `).trim();
