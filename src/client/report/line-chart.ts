/** A figure's course over time, as SVG of itself. Pure. */
import { type Markup, markup } from "./markup.ts";

interface ChartPoint {
  /** Any unit that grows with time. */
  readonly x: number;
  readonly y: number;
  /** Tooltip of a point. */
  readonly title: string;
}

export interface LineChart {
  /** Text alternative, a sentence. */
  readonly label: string;
  /** In order. */
  readonly points: readonly ChartPoint[];
  /** No value can lie beyond; the axis then ends there. */
  readonly most?: number;
  /** A value as it stands at the axis. */
  format(y: number): string;
  /** Labels under the first and the last point. */
  readonly ends?: readonly [string, string];
}

const width = 320;
const height = 120;
const plot = { left: 36, right: 312, top: 10, bottom: 92 };

/** Draws it; points, and lines between them. */
export function drawLineChart({ label, points, most, format, ends }: LineChart): Markup {
  const [low, high] = bounds(
    points.map(({ y }) => y),
    most,
  );
  const [first, last] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 0];
  const toX = (x: number) =>
    last > first
      ? plot.left + 6 + ((x - first) / (last - first)) * (plot.right - plot.left - 12)
      : (plot.left + plot.right) / 2;
  const toY = (y: number) => plot.bottom - ((y - low) / (high - low)) * (plot.bottom - plot.top);
  const places = points.map(({ x, y, title }) => ({ x: place(toX(x)), y: place(toY(y)), title }));
  // Values that the figure's digits cannot tell apart are one line: 0.0, 0.0, 0.0 says nothing.
  const marks = [low, (low + high) / 2, high].filter(
    (value, index, all) => all.findIndex((each) => format(each) === format(value)) === index,
  );
  const lines = marks.map(
    (
      value,
    ) => markup`<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${place(toY(value))}" y2="${place(toY(value))}"/>
<text class="axis" x="${plot.left - 5}" y="${place(toY(value) + 3.5)}" text-anchor="end">${format(value)}</text>`,
  );
  return markup`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
${lines}
${places.length > 1 && markup`<polyline class="line" points="${places.map(({ x, y }) => `${x},${y}`).join(" ")}"/>`}
${places.map(({ x, y, title }) => markup`<circle class="dot" cx="${x}" cy="${y}" r="3.5"><title>${title}</title></circle>`)}
${ends && markup`<text class="axis" x="${plot.left}" y="${height - 10}">${ends[0]}</text>`}
${ends && ends[1] !== ends[0] && markup`<text class="axis" x="${plot.right}" y="${height - 10}" text-anchor="end">${ends[1]}</text>`}
</svg>`;
}

/** From a bit under the lowest to a bit over the highest; never nothing. */
function bounds(values: readonly number[], most = Number.POSITIVE_INFINITY): readonly [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = Math.max((high - low) * 0.15, Math.abs(high) * 0.05, 0.01);
  return [low >= 0 ? Math.max(0, low - room) : low - room, Math.min(most, high + room)];
}

/** A place in the drawing, to a tenth. */
export function place(value: number): number {
  return Math.round(value * 10) / 10;
}
