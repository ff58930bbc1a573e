/**
 * Help from people: telephone lines by region, as data, each with the page it is from, to be looked at
 * again. In November 2026 the numbers were compared with other public pages (Samaritans, 988 and the Australian lines
 * from memory alone). Three serve fewer than the whole region: Belgium's 0800 32 123 speaks French (1813 is the Dutch
 * one), France's 3919 and the British 0808 2000 247 are for women first. For regions without an entry nothing is named:
 * a client may point to findahelpline.com, which lists lines by country.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { CareKind } from "./kinds.ts";

const source = z.url();
/** A telephone number as it is written; groups of figures parted by spaces. */
const number = z.string().regex(/^\d[\d ]*\d$/);
const line = z.strictObject({ name: z.string().min(1), number, source });
const emergency = z.strictObject({ number, source });

const linesSchema = z.strictObject({
  /** By ISO 3166-1 region. */
  regions: z.record(
    z.string().regex(/^[A-Z]{2}$/),
    z.strictObject({ crisis: line, abuse: line.optional(), emergency }),
  ),
  /** For the regions of the Union that have no entry of their own. */
  europeanUnion: z.strictObject({ emergency, regions: z.array(z.string().regex(/^[A-Z]{2}$/)) }),
});

/** A line to call. */
interface HelpLine {
  readonly name: string;
  readonly number: string;
}

/** Telephone lines of a region; absent: not known, and then nothing is named. */
export interface HelpLines {
  readonly line?: HelpLine;
  /** The emergency number. */
  readonly emergency?: string;
}

const { regions, europeanUnion } = linesSchema.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, "help-lines.json"), "utf8")),
);

/**
 * The lines for a BCP 47 tag, by its region alone: a language is spoken in many countries, and a number of the wrong one
 * helps nobody.
 */
export function helpLines(language: string, kind: CareKind): HelpLines {
  const region = regionOf(language);
  const known = region !== undefined && Object.hasOwn(regions, region) ? regions[region] : undefined;
  if (known) {
    const { name, number } = kind === "abuse" && known.abuse ? known.abuse : known.crisis;
    return { line: { name, number }, emergency: known.emergency.number };
  }
  return region !== undefined && europeanUnion.regions.includes(region)
    ? { emergency: europeanUnion.emergency.number }
    : {};
}

function regionOf(language: string): string | undefined {
  try {
    return new Intl.Locale(language).region;
  } catch {
    return undefined;
  }
}
