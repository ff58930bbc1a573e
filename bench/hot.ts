/** `node bench/hot.ts FILE.cpuprofile [ROWS]`: where a profile's time went, by function and by room. */
import { readFile } from "node:fs/promises";
import { relative } from "node:path";

interface Profile {
  readonly nodes: ReadonlyArray<{
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }>;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Time by name, µs, largest first. */
type Shares = ReadonlyArray<readonly [name: string, microseconds: number]>;

const root = new URL("..", import.meta.url).pathname;

function placeOf(url: string, line: number): string {
  if (url === "") return "(engine)";
  if (!url.startsWith("file:")) return `${url}:${line + 1}`;
  return `${relative(root, new URL(url).pathname)}:${line + 1}`;
}

/** The part of the house a place belongs to: `src/room`, a package, Node itself, or the engine. */
function roomOf(place: string): string {
  const own = place.match(/^(src\/[^/]+|bench)/);
  const packaged = place.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/);
  if (own) return own[1]!;
  if (packaged) return packaged[1]!;
  return place.startsWith("node:") ? "node" : place.replace(/:\d+$/, "");
}

function shares(profile: Profile, nameOf: (place: string, functionName: string) => string): Shares {
  const names = new Map(
    profile.nodes.map(({ id, callFrame }) => [
      id,
      nameOf(placeOf(callFrame.url, callFrame.lineNumber), callFrame.functionName || "(anonymous)"),
    ]),
  );
  const total = new Map<string, number>();
  profile.samples.forEach((node, i) => {
    const name = names.get(node)!;
    total.set(name, (total.get(name) ?? 0) + profile.timeDeltas[i]!);
  });
  return [...total].sort((a, b) => b[1] - a[1]);
}

const [file, rows = "40"] = process.argv.slice(2);
if (!file) throw new Error("usage: node bench/hot.ts FILE.cpuprofile [ROWS]");
const profile = JSON.parse(await readFile(file, "utf8")) as Profile;
const waiting = /^\((idle|program)\)/;
const busy = (list: Shares) => list.filter(([name]) => !name.startsWith("(idle)"));
const print = (title: string, list: Shares) => {
  const total = list.reduce((sum, [, time]) => sum + time, 0);
  console.log(`\n${title}: ${(total / 1e6).toFixed(2)} s busy`);
  for (const [name, time] of list.slice(0, Number(rows)))
    console.log(
      `${((time / total) * 100).toFixed(1).padStart(5)} %  ${(time / 1000).toFixed(0).padStart(7)} ms  ${name}`,
    );
};
print(
  "by room",
  busy(shares(profile, (place, name) => (waiting.test(name) || place === "(engine)" ? name : roomOf(place)))),
);
print("by function", busy(shares(profile, (place, name) => `${name}  ${place}`)));
