/** One's own melody over the coach's, word by word, in semitones about each speaker's median; and the same in words. */
import { interfaceLanguage, t } from "../messages/index.ts";
import {
  type AlignedWord,
  alignContours,
  type ContourPoint,
  farthestApart,
  type SpokenContour,
  type WordCourse,
} from "./contour-alignment.ts";

/** Semitones over and under the median that are drawn: a fifth at least, an octave at most. */
const reaches = { least: 7, most: 12 };
/** Units of a word's drawing, which is stretched to its width. */
const size = 100;

const signed = new Intl.NumberFormat(interfaceLanguage, {
  maximumFractionDigits: 0,
  signDisplay: "exceptZero",
});

interface ContoursProps {
  readonly own: SpokenContour;
  readonly model: SpokenContour;
  /** Both say it. */
  readonly text: string;
  /** BCP 47, of the text. */
  readonly language: string;
}

export function Contours({ own, model, text, language }: ContoursProps) {
  const words = alignContours(own, model, text);
  const heights = words.flatMap((word) => [word.own, word.model]).flatMap((course) => course?.lines ?? []);
  const furthest = Math.max(...heights.flat().map(({ y }) => Math.abs(y)), reaches.least);
  const reach = Math.min(reaches.most, furthest);
  return (
    <figure class="contours">
      <figcaption>
        {apartText(words)}
        <span class="legend" aria-hidden="true">
          <span class="own">{t.talk.you}</span> <span class="model">{t.talk.coach}</span>
        </span>
      </figcaption>
      <div class="contour-words" aria-hidden="true" lang={language}>
        {words.map((word, index) => (
          <span key={`${index}-${word.text}`} style={{ "--ms": String(Math.round(word.lengthMs)) }}>
            <Drawing word={word} reach={reach} />
            {word.text}
          </span>
        ))}
      </div>
      <AsText words={words} language={language} />
    </figure>
  );
}

function Drawing({ word: { own, model }, reach }: { word: AlignedWord; reach: number }) {
  const points = (line: readonly ContourPoint[]) => {
    const places = line.map(({ x, y }) => `${(x * size).toFixed(1)},${placeOf(y, reach).toFixed(1)}`);
    // A lone point is a short line.
    return places.length > 1 ? places.join(" ") : `${places[0]} ${places[0]}`;
  };
  const lines = (course: WordCourse | undefined, name: string) =>
    course?.lines.map((line, index) => (
      <polyline key={`${name}-${index}`} class={name} points={points(line)} />
    ));
  return (
    <svg viewBox={`0 0 ${size} ${size}`} preserveAspectRatio="none" aria-hidden="true">
      <line class="middle" x1="0" x2={size} y1={size / 2} y2={size / 2} />
      {lines(model, "model")}
      {lines(own, "own")}
    </svg>
  );
}

function placeOf(semitones: number, reach: number): number {
  const share = Math.max(-1, Math.min(1, semitones / reach));
  return size / 2 - share * (size / 2 - 4);
}

function apartText(words: readonly AlignedWord[]): string {
  const apart = farthestApart(words);
  const { own, model } = apart?.word ?? {};
  if (!apart || !own || !model) return t.contour.close;
  const semitones = Math.round(Math.abs(apart.above));
  const higher = semitones === 0 ? undefined : apart.above > 0;
  return t.contour.apart({
    word: apart.word.text,
    semitones,
    higher,
    own: t.contour.movements[own.movement],
    model: t.contour.movements[model.movement],
  });
}

function AsText({ words, language }: { words: readonly AlignedWord[]; language: string }) {
  return (
    <details>
      <summary>{t.contour.asText}</summary>
      <table>
        <caption>{t.contour.unit}</caption>
        <thead>
          <tr>
            <th scope="col">{t.contour.word}</th>
            <th scope="col">{t.talk.you}</th>
            <th scope="col">{t.talk.coach}</th>
          </tr>
        </thead>
        <tbody>
          {words.map(({ text, own, model }, index) => (
            <tr key={`${index}-${text}`}>
              <th scope="row" lang={language}>
                {text}
              </th>
              <td>{courseText(own)}</td>
              <td>{courseText(model)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function courseText(course: WordCourse | undefined): string {
  if (!course) return t.contour.none;
  // A height of −0.4 is none, and no "−0".
  const height = Math.round(course.height) + 0;
  return `${signed.format(height)}, ${t.contour.movements[course.movement]}`;
}
