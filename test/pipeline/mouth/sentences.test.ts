import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Piece, sentenceSplitter, sentences } from "../../../src/pipeline/mouth/sentences.ts";
import { collect } from "../../collect.ts";

function cut(text: string, language = "en"): Piece[] {
  const splitter = sentenceSplitter({ language });
  return [...splitter.push(text), ...splitter.end()];
}
const texts = (text: string, language?: string) => cut(text, language).map((piece) => piece.text.trim());
const spoken = (text: string, language?: string) => cut(text, language).map((piece) => piece.spoken);

describe("sentences", () => {
  test.each([
    ["titles", "Dr. Smith met Mrs. Jones. They talked.", ["Dr. Smith met Mrs. Jones.", "They talked."]],
    ["dotted", "I like it, e.g. this. It starts at 9 a.m. today.", 2],
    ["a.m. at the end", "Be there at 9 a.m. We start then.", ["Be there at 9 a.m.", "We start then."]],
    ["countries", "The U.S. Army left. Then it rained.", 2],
    ["decimals", "It was 3.5 km and $1,234.56 more. Fine.", 2],
    ["years", "It was 2019. Then it ended.", ["It was 2019.", "Then it ended."]],
    ["No.", "No. I mean No. 5.", ["No.", "I mean No. 5."]],
    ["months", "On Jan. 3 we met. Since Jan. They wait.", ["On Jan. 3 we met.", "Since Jan.", "They wait."]],
    [
      "initials",
      "J. K. Rowling wrote. So do I. Then plan b.",
      ["J. K. Rowling wrote.", "So do I.", "Then plan b."],
    ],
    [
      "ellipses",
      "Well... maybe. I see... Then what? So… yes.",
      ["Well... maybe.", "I see...", "Then what?", "So… yes."],
    ],
    ["addresses", "See https://a.example/b.c?d=e. Then node.js, ok?", 2],
    ["quotes", '"Really?" she said. "Yes!" He left.', ['"Really?" she said.', '"Yes!"', "He left."]],
    ["lists", "1. Walk\n2. Talk. Listen.\n- Rest", ["1. Walk", "2. Talk.", "Listen.", "- Rest"]],
    ["several marks", "What?! No!! Oh.", ["What?!", "No!!", "Oh."]],
  ] as const)("knows where a sentence ends: %s", (_, text, expected) => {
    if (typeof expected === "number") expect(texts(text)).toHaveLength(expected);
    else expect(texts(text)).toEqual(expected);
  });

  test.each([
    ["zh", "你好。今天你想谈什么？我们开始吧！", ["你好。", "今天你想谈什么？", "我们开始吧！"]],
    ["ja", "「はい。」と言った。次へ。", ["「はい。」", "と言った。", "次へ。"]],
    ["hi", "आप कैसे हैं। मैं ठीक हूँ।", ["आप कैसे हैं।", "मैं ठीक हूँ।"]],
    ["ar", "كيف حالك؟ أنا بخير.", ["كيف حالك؟", "أنا بخير."]],
    ["de", "Am 3. Oktober z.B. ist frei. Ja.", ["Am 3. Oktober z.B. ist frei.", "Ja."]],
    ["fr", "M. Dupont est là. Voilà !", ["M. Dupont est là.", "Voilà !"]],
  ])("cuts %s", (language, text, expected) => {
    expect(texts(text, language)).toEqual(expected);
  });

  test("cuts a Thai run without any mark between words", () => {
    const word = "สวัสดี";
    for (const piece of cut(word.repeat(100), "th").slice(0, -1))
      expect(piece.text.replaceAll(word, "")).toBe("");
  });

  test("the first piece is a clause, as soon as it is long enough; those after it are sentences", () => {
    const splitter = sentenceSplitter();
    expect(splitter.push("Well, thank you for that,")).toEqual([]);
    expect(splitter.push(" Ana, and")).toEqual([
      { text: "Well, thank you for that,", spoken: "Well, thank you for that," },
    ]);
    expect(splitter.push(" welcome back, my friend, to this. ")).toEqual([]);
    expect(splitter.push("Now").map((piece) => piece.spoken)).toEqual([
      "Ana, and welcome back, my friend, to this.",
    ]);
  });

  test("short starts and numbers are no clause", () => {
    expect(texts("Well, 1,234,567 of them came to us. Yes.")).toHaveLength(2);
    expect(texts("Open 9–5, yes. Ok.")).toEqual(["Open 9–5, yes.", "Ok."]);
  });

  test("a sentence goes out when the next one begins, without waiting for more of it", () => {
    const splitter = sentenceSplitter();
    expect(splitter.push("It is done.")).toEqual([]);
    expect(splitter.push(" N").map((piece) => piece.text)).toEqual(["It is done."]);
  });

  test.each([
    ["**Bold** and *slanted* and __both__ and ~~gone~~.", "Bold and slanted and both and gone."],
    ["## A heading", "A heading"],
    ["> quoted", "quoted"],
    ["- [x] done that", "done that"],
    ["See [the page](https://x.example/y?z=1).", "See the page."],
    ["See https://www.example.com/a/b?c=d.", "See example.com."],
    ["Run `npm test` now.", "Run npm test now."],
    ["Great 🎉🎉 job 👩‍👩‍👧 🇫🇷!", "Great job!"],
    ["👋🏽 wave 🏴󠁧󠁢󠁳󠁣󠁴󠁿 then", "wave then"],
    ["क्\u200dष © 2020", "क्\u200dष © 2020"],
    ["1️⃣ first", "1 first"],
    ["2 * 3 and snake_case and AT&T", "2 * 3 and snake_case and AT&T"],
    ["a <b>word</b> here", "a word here"],
    ["Nice :) ok", "Nice ok"],
    ["| a | b |", "a, b"],
    ["---", ""],
    ["🎉", ""],
    ["...", ""],
  ])("reads %j aloud as %j", (text, expected) => {
    expect(spoken(text)).toEqual([expected]);
  });

  test("code blocks are passed on and not read aloud", () => {
    const pieces = cut("Try this:\n```js\nconst a = 1. Then;\n```\nDone.");
    expect(pieces.filter((piece) => piece.spoken !== "").map((piece) => piece.spoken)).toEqual([
      "Try this:",
      "Done.",
    ]);
  });

  test("as a stream", async () => {
    async function* deltas() {
      yield* ["One is", " here. Two", " is", " there."];
    }
    expect((await collect(sentences(deltas()))).map((piece) => piece.spoken)).toEqual([
      "One is here.",
      "Two is there.",
    ]);
  });
});

const scrap = fc.constantFrom(
  ..."Dr. |e.g. |3.5|1. |Hello|hello|. |? |! |... |… |, |; |— | |  |\n|\n\n|**|*|`|```|```js\n|[a](b.c)|https://a.b/c. ".split(
    "|",
  ),
  ...'。|？|你好|「|」|、|。」|हैं।|؟|สวัสดี|🎉|👩‍👩‍👧|\ud83c|é|J. |U.S. |a.m. |I. |"|)|(|:|No. |No. 5|– |.|\r\n|word word word'.split(
    "|",
  ),
);
const anyText = fc.oneof(
  fc.array(scrap, { maxLength: 60 }).map((scraps) => scraps.join("")),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "binary", minLength: 200, maxLength: 900 }),
  fc.array(scrap, { minLength: 100, maxLength: 300 }).map((scraps) => scraps.join("")),
);

describe("a text that pauses or breaks off", () => {
  test.each([
    ["a sentence", "That is a start.", ["That is a start."], ["That is a start."]],
    ["with space behind it", "Is it so? ", ["Is it so?"], ["Is it so?"]],
    ["with words behind it", "Good. And th", ["Good."], ["Good."]],
    ["words alone", "And then we", [], []],
    ["a clause", "And if we think about it,", [], []],
    ["a title", "Ask Dr.", [], []],
    ["a figure, perhaps not whole", "It costs $2.", [], ["It costs $2."]],
    ["nothing", "", [], []],
  ])("%s", (_, text, inPause, atEnd) => {
    for (const [mayGoOn, finished] of [
      [true, inPause],
      [false, atEnd],
    ] as const) {
      const splitter = sentenceSplitter();
      expect(splitter.undecided).toBe(false);
      const before = [...text].flatMap((character) => splitter.push(character));
      const pieces = [...before, ...splitter.finished(mayGoOn)];
      expect(pieces.map((piece) => piece.text)).toEqual(finished);
      expect([...pieces, ...splitter.push("xy Z"), ...splitter.end()].map((each) => each.text).join("")).toBe(
        `${text}xy Z`,
      );
    }
  });
});

describe("laws of sentences", () => {
  test("nothing is lost or added, and no piece is longer than 266", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom("en", "de", "ja"), (text, language) => {
        const pieces = cut(text, language);
        expect(pieces.map((piece) => piece.text).join("")).toBe(text);
        for (const piece of pieces) {
          expect(piece.text.length).toBeGreaterThan(0);
          expect(piece.text.length).toBeLessThanOrEqual(266);
        }
      }),
    );
  });

  test("how the text is cut into deltas never changes the pieces", () => {
    fc.assert(
      fc.property(anyText, fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (text, sizes) => {
        const splitter = sentenceSplitter();
        const pieces: Piece[] = [];
        for (let at = 0, i = 0; at < text.length; i++) {
          const size = sizes[i % sizes.length] as number;
          pieces.push(...splitter.push(text.slice(at, at + size)));
          at += size;
        }
        expect([...pieces, ...splitter.end()]).toEqual(cut(text));
      }),
      { numRuns: 300 },
    );
  });
});
