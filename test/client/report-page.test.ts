import { describe, expect, test } from "vitest";
import { drawKept } from "../../src/client/cli/report-drawing.ts";
import { figures } from "../../src/client/report/figures.ts";
import type { KeptSession } from "../../src/client/report/kept.ts";
import { drawLineChart } from "../../src/client/report/line-chart.ts";
import { markup } from "../../src/client/report/markup.ts";
import { reportPage } from "../../src/client/report/report-page.ts";
import { figureUnits } from "../support/figure-units.ts";
import { keptSession } from "./kept-samples.ts";

const plain = (page: string) =>
  page
    .replace(/<style>.*?<\/style>/s, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ");
const count = (page: string, what: RegExp) => [...page.matchAll(what)].length;

describe("the page of a session", () => {
  const page = reportPage(keptSession());

  test("refers to nothing outside itself, and forbids itself to", () => {
    expect(page).not.toMatch(/\b(?:src|href|srcset|data|action|poster)\s*=/i);
    expect(page).not.toMatch(/https?:|\/\/\w|@import|url\(/i);
    expect(page).not.toMatch(/<(?:script|link|img|iframe|object|embed|form|base)\b/i);
    const policy = /http-equiv="Content-Security-Policy" content="(.*?)"/.exec(page)?.[1];
    expect(policy?.replaceAll("&#39;", "'")).toBe("default-src 'none'; style-src 'unsafe-inline'");
  });

  test("shows the report under its headings, with lists as lists", () => {
    expect(page).toContain("<h3>Key discussion points</h3><ul><li>I want to clear my desk.</li></ul>");
    expect(page).toContain("<h3>Action plan</h3><ol><li>Clear my desk (by Friday)</li></ol>");
    expect(page).toContain("<h3>Final note</h3><p>Well done.</p>");
  });

  test("shows the figures that are known, in units for people, each rule with its source", () => {
    const text = plain(page);
    expect(text).toMatch(/Speech rate .*? 156 words\/min good Microsoft Speaker Coach: 100–165 words\/min/);
    expect(text).toMatch(/Time speaking .*? 83 %/);
    expect(text).toMatch(/Longest pause .*? 0\.75 s/);
    expect(text).toMatch(/Loudness .*? −23 dBFS/);
    expect(text).not.toMatch(/Fillers|Talk share|NaN|undefined|Infinity/);
  });

  test("draws each utterance: pitch in one line a stretch of voice, the pause with its length, words where they begin", () => {
    expect(count(page, /<svg class="contour"/g)).toBe(2);
    expect(count(page, /<polyline class="pitch"/g)).toBe(4);
    expect(count(page, /<rect class="pause"/g)).toBe(2);
    expect(plain(page)).toContain("0.8 s");
    expect(page).toMatch(/<text class="word " x="10\.4" y="107">I<\/text>/);
  });

  test("a word's verdict is told by colour, sign and text, with its score", () => {
    expect(page).toMatch(/<li class="correct clear">.*?✓ .*?<b>The<\/b>.*?97/);
    expect(page).toMatch(/<li class="omitted ">.*?– .*?<b>lazy<\/b> <small>left out<\/small>/);
    expect(page).toMatch(/<li class="substituted ">.*?≠ .*?<b>fox<\/b> <small>heard “box”<\/small>.*?31/);
    expect(page).toContain('<text class="word substituted"');
    // It begins before the first voiced moment.
    expect(page).toMatch(/<text class="word correct" x="0" y="107">The</);
    expect(plain(page)).toContain("1 of 3 words right");
  });

  test("draws the pace over time", () => {
    const chart = /<svg class="chart".*?<\/svg>/s.exec(page)?.[0] ?? "";
    expect(count(chart, /<circle/g)).toBe(2);
    expect(chart).toContain("<title>171 words/min after 60 s</title>");
  });

  test("what people said stays text, wherever it shows", () => {
    const nasty = `<script>alert("1")</script> & <img src=x onerror='alert(2)'> </style>`;
    const kept = keptSession(nasty);
    const { reading } = kept.delivery.utterances[1]?.contour ?? {};
    Object.assign(reading?.words[2] ?? {}, { heard: nasty, expected: nasty });
    Object.assign(kept.session, { persona: nasty, language: `en" onload="alert(3)` });
    Object.assign(kept.delivery.session.judgements, { wordsPerMinute: { band: "good", source: nasty } });
    const drawn = reportPage(kept);
    expect(drawn).not.toMatch(/<script|<img|onload="/i);
    expect(count(drawn, /<\/style>/g)).toBe(1);
    expect(count(drawn, /&lt;script&gt;alert\(&quot;1&quot;\)/g)).toBeGreaterThanOrEqual(6);
    // Every tag that was opened is closed: nothing of it broke out of an attribute or an element.
    for (const tag of ["li", "svg", "text", "p", "section", "article"])
      expect(count(drawn, new RegExp(`<${tag}\\b`, "g")), tag).toBe(
        count(drawn, new RegExp(`</${tag}>`, "g")),
      );
  });

  test("says so where there is no report, nothing said, nothing measured, or no words", () => {
    const none: KeptSession = {
      session: { ...keptSession().session, status: "active", messageCount: 0 },
      messages: [],
      delivery: { utterances: [], session: { metrics: {}, judgements: {} } },
    };
    const text = plain(reportPage(none));
    for (const words of ["has not ended yet", "Nothing was spoken", "Nothing was said"])
      expect(text).toContain(words);
    expect(text).not.toContain("Pace over time");
    expect(plain(reportPage(keptSession("")))).toContain("(heard, but not which words)");
  });

  test("a minute of speech is drawn in rows, without a number that is none", () => {
    const kept = keptSession();
    const long = Array.from({ length: 1200 }, (_, k) => (k % 7 ? 100 : null));
    const { contour } = kept.delivery.utterances[0] ?? {};
    Object.assign(contour ?? {}, { pitchHz: long, levelDbfs: long.map(() => -99) });
    const drawn = reportPage(kept);
    expect(count(drawn, /<svg class="contour"/g)).toBe(16);
    expect(drawn).not.toMatch(/NaN|Infinity/);
  });
});

test("the same as text for a terminal, which nothing that was said can steer", () => {
  const kept = keptSession("Clear\u001b[2J my desk.");
  Object.assign(kept, { report: { text: "KEY DISCUSSION POINTS:\n- Clear\u001b[2J my desk." } });
  const text = drawKept(kept, (_colour, words) => words);
  expect(text).not.toContain("\u001b");
  expect(text).toMatch(/KEY DISCUSSION POINTS:\n- Clear/);
  expect(text).toMatch(/ {2}Speech rate +156 words\/min +good \(Microsoft Speaker Coach/);
  expect(text).toMatch(/ 33 % {2}The lazy fox\.\n +lazy: left out\n +fox: heard “box”/);
});

describe("a chart over time", () => {
  const axis = (values: readonly number[], digits: number, most?: number) => {
    const chart = drawLineChart({
      label: "Course",
      points: values.map((y, x) => ({ x, y, title: `${y}` })),
      format: (y) => y.toFixed(digits),
      ...(most !== undefined && { most }),
    }).text;
    return {
      chart,
      labels: [...chart.matchAll(/text-anchor="end">([^<]+)</g)].map(([, label]) => label),
    };
  };

  test("stands the higher, the greater the value, and the further right, the later", () => {
    const [first, last] = [...axis([120, 150], 0).chart.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(
      ([, x, y]) => ({ x: Number(x), y: Number(y) }),
    );
    expect(first!.x).toBeLessThan(last!.x);
    expect(first!.y).toBeGreaterThan(last!.y);
  });

  test.each([
    [[0], 1],
    [[0, 0, 0], 1],
    [[0.04, 0.05], 1],
    [[100, 100], 0, 100],
    [[3], 0],
    [[-21.2, -21.3], 0],
  ] as const)("has no two labels alike at its axis: %j", (values, digits, most?: number) => {
    const { labels } = axis(values, digits, most);
    expect(labels.length).toBeGreaterThan(0);
    expect(new Set(labels).size).toBe(labels.length);
  });
});

test("every figure that is shown is one that is measured, in its unit or one that people know better", () => {
  const known: Readonly<Record<string, string>> = figureUnits;
  const friendlier = new Map([
    ["ms", "s"],
    ["0–1", "%"],
    ["1/min", "per min"],
    ["1/100 words", "per 100 words"],
    ["%", "% of words"],
  ]);
  for (const { name, unit } of figures) {
    const measured = known[name] ?? "";
    expect([measured, friendlier.get(measured)], name).toContain(unit);
  }
});

test("markup escapes all but markup", () => {
  expect(
    markup`<p title="${`"'`}">${"<&>"}${markup`<b>${1}</b>`}${undefined}${false}${["a", "<"]}</p>`.text,
  ).toBe('<p title="&quot;&#39;">&lt;&amp;&gt;<b>1</b>a&lt;</p>');
});
