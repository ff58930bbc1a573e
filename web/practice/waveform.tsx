/** A rolling picture of both voices, from the levels that come fifty times a second; past the views' state. */
import { useEffect, useRef } from "preact/hooks";
import { t } from "../messages/index.ts";
import { useModel } from "./use-model.ts";

const bars = 96;
/** Levels come every 20 ms; a bar stands for two. */
const levelsPerBar = 2;

class Drawing {
  readonly #canvas: HTMLCanvasElement;
  readonly #you = new Array<number>(bars).fill(0);
  readonly #coach = new Array<number>(bars).fill(0);
  #waiting: number[] = [];
  #coachLevel = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  add(who: "you" | "coach", level: number): void {
    if (who === "coach") this.#coachLevel = level;
    else this.#waiting.push(level);
    if (this.#waiting.length < levelsPerBar && who === "you") return;
    if (who === "coach" && this.#waiting.length > 0) return;
    this.#you.push(Math.max(0, ...this.#waiting));
    this.#you.shift();
    this.#coach.push(this.#coachLevel);
    this.#coach.shift();
    this.#waiting = [];
    this.#draw();
  }

  #draw(): void {
    const context = this.#canvas.getContext("2d");
    if (!context) return;
    const { width, height } = this.#canvas;
    const style = getComputedStyle(this.#canvas);
    context.clearRect(0, 0, width, height);
    const step = width / bars;
    const draw = (levels: readonly number[], color: string) => {
      context.fillStyle = color;
      for (const [index, level] of levels.entries()) {
        const tall = Math.max(2, level * height);
        context.fillRect(index * step, (height - tall) / 2, step * 0.6, tall);
      }
    };
    draw(this.#coach, style.getPropertyValue("--line"));
    draw(this.#you, style.getPropertyValue("--accent"));
  }
}

export function Waveform() {
  const model = useModel();
  const canvas = useRef<HTMLCanvasElement>(null);
  const yours = useRef<HTMLMeterElement>(null);
  const coachs = useRef<HTMLMeterElement>(null);
  useEffect(() => {
    if (!canvas.current) return;
    const drawing = new Drawing(canvas.current);
    model.onLevels = (who, level) => {
      const meter = who === "you" ? yours.current : coachs.current;
      if (meter) meter.value = level;
      if (who === "you") document.getElementById("talk")?.style.setProperty("--level", level.toFixed(2));
      drawing.add(who, level);
    };
    return () => {
      model.onLevels = () => {};
    };
  }, [model]);
  return (
    <>
      <span aria-hidden="true">
        <canvas ref={canvas} width={480} height={36} />
      </span>
      <span class="unseen">
        <meter id="your-level" ref={yours} min={0} max={1} value={0} aria-label={t.talk.yourLevel} />
        <meter id="coach-level" ref={coachs} min={0} max={1} value={0} aria-label={t.talk.coachLevel} />
      </span>
    </>
  );
}
