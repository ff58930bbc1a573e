/**
 * Makes the language model of free speech from Debian's package `pocketsphinx-en-us` (BSD-2):
 * `node scripts/language-model/main.ts EN-US.LM.BIN [--vocabulary 30000] [--bigram-loss 3e-9] [--trigram-loss 3e-9] [--out FILE]`.
 * The input is `usr/share/pocketsphinx/model/en-us/en-us.lm.bin` of the package (`apt-get download`, `dpkg -x`).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants } from "node:zlib";
import { modelFolder } from "../../src/providers/embedded/recogniser/acoustic/model-folder.ts";
import { loadLexicon } from "../../src/providers/embedded/recogniser/lexicon/lexicon.ts";
import { packLanguageModel } from "./pack.ts";
import { prune } from "./prune.ts";
import { readSphinxTrie } from "./sphinx-trie.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    vocabulary: { type: "string", default: "30000" },
    "bigram-loss": { type: "string", default: "3e-9" },
    "trigram-loss": { type: "string", default: "3e-9" },
    out: { type: "string", default: "src/providers/embedded/recogniser/free-speech/model/en-us.lm.br" },
  },
});

const lexicon = loadLexicon(modelFolder("en-us"), []);
const small = prune(readSphinxTrie(readFileSync(positionals[0]!)), {
  sayable: (word) => lexicon.pronunciations(word).length > 0,
  vocabulary: Number(flags.vocabulary),
  bigramLoss: Number(flags["bigram-loss"]),
  trigramLoss: Number(flags["trigram-loss"]),
});
const file = packLanguageModel(small);
const packed = brotliCompressSync(file, {
  params: {
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: file.length,
  },
});
writeFileSync(flags.out, packed);
const bigrams = small.bigrams.reduce((sum, list) => sum + list.length, 0);
const trigrams = small.bigrams.flat().reduce((sum, bigram) => sum + bigram.trigrams.length, 0);
console.log(`${small.words.length} words, ${bigrams} bigrams, ${trigrams} trigrams, ${packed.length} bytes`);
