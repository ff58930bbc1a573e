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

function part(name: string, place: Readonly<Record<string, string>>): HTMLElement {
  const element = document.createElement("span");
  element.className = name;
  for (const [property, value] of Object.entries(place)) element.style.setProperty(property, value);
  return element;
}

/** Draws it. */
export function scale({ value, tolerance, measured, within, ...ends }: Scale): HTMLElement {
  const reach = Math.max(3 * tolerance, 1.15 * Math.abs(measured - value));
  const from = ends.from ?? Math.max(0, value - reach);
  const to = ends.to ?? value + reach;
  const share = (figure: number) => Math.max(0, Math.min(1, (figure - from) / (to - from)));
  const [low, high] = [share(value - tolerance), share(value + tolerance)];
  const line = part("scale", {});
  line.setAttribute("aria-hidden", "true");
  const percent = (figure: number) => `${(figure * 100).toFixed(1)}%`;
  line.append(
    part("band", { left: percent(low), width: percent(high - low) }),
    part(within ? "mark within" : "mark", { left: percent(share(measured)) }),
  );
  return line;
}
