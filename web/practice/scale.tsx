/** A figure on a line, with the band it was to be in. Only for the eye: what stands beside it says the same in words. */
interface Scale {
  readonly value: number;
  readonly tolerance: number;
  readonly measured: number;
  /** Whether the value is as it should be. */
  readonly within: boolean;
  /** Ends of the line; left out: as far as both fit well. */
  readonly from?: number;
  readonly to?: number;
}

export function Scale({ value, tolerance, measured, within, ...ends }: Scale) {
  const reach = Math.max(3 * tolerance, 1.15 * Math.abs(measured - value));
  const from = ends.from ?? Math.max(0, value - reach);
  const to = ends.to ?? value + reach;
  const share = (figure: number) => Math.max(0, Math.min(1, (figure - from) / (to - from)));
  const [low, high] = [share(value - tolerance), share(value + tolerance)];
  const percent = (figure: number) => `${(figure * 100).toFixed(1)}%`;
  return (
    <span class="scale" aria-hidden="true">
      <span class="band" style={{ left: percent(low), width: percent(high - low) }} />
      <span class={within ? "mark within" : "mark"} style={{ left: percent(share(measured)) }} />
    </span>
  );
}
