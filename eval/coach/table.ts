/** The evaluation as a table, one line a coachee, and whether it is good enough. */
import { type CheckName, checkNames } from "./checks.ts";
import type { Result } from "./converse.ts";

/** Least share of replies that hold each check, over all coachees. */
const thresholds: Readonly<Record<CheckName, number>> = {
  question: 0.95,
  acknowledges: 0.9,
  short: 0.95,
  "no advice": 0.98,
  stage: 0.95,
  "invents nothing": 0.98,
  "quotes whole": 1,
  listens: 0.95,
};

const shareOf = (results: readonly Result[], check: CheckName) => {
  let applied = 0;
  let held = 0;
  for (const { checks } of results) {
    const one = checks.get(check);
    applied += one?.applied ?? 0;
    held += one?.held ?? 0;
  }
  return applied === 0 ? undefined : held / applied;
};
const percent = (share: number | undefined) =>
  share === undefined ? "–" : `${Math.floor(share * 1000) / 10} %`;

/** Markdown. */
export function evaluationTable(results: readonly Result[]): string {
  const head = ["coachee", "replies", ...checkNames, "goals"];
  const rows = results.map((result) => [
    result.coachee,
    String(result.replies),
    ...checkNames.map((check) => percent(shareOf([result], check))),
    result.missed.length === 0 ? "met" : `missed: ${result.missed.join(", ")}`,
  ]);
  const all = [
    "all",
    String(results.reduce((sum, { replies }) => sum + replies, 0)),
    ...checkNames.map((check) => percent(shareOf(results, check))),
    results.every(({ missed }) => missed.length === 0) ? "met" : "missed",
  ];
  const least = ["at least", "", ...checkNames.map((check) => percent(thresholds[check])), "met"];
  const lines = [head, head.map(() => "---"), ...rows, all, least];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** What is below its threshold, or missed; empty: all is well. */
export function shortfalls(results: readonly Result[]): string[] {
  const low = checkNames.flatMap((check) => {
    const share = shareOf(results, check);
    return share !== undefined && share < thresholds[check]
      ? [`${check}: ${percent(share)}, at least ${percent(thresholds[check])}`]
      : [];
  });
  return [...low, ...results.flatMap(({ coachee, missed }) => missed.map((goal) => `${coachee}: ${goal}`))];
}
