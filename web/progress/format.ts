/** Dates and figures of the progress page, in its language. */
import { interfaceLanguage } from "../messages/index.ts";

// The English of the pages is that of the reports: 23 Nov 2026, 09:30.
const locale = interfaceLanguage === "en" ? "en-GB" : interfaceLanguage;

const timeFormat = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const dayFormat = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });

/** Such as `23 Nov 2026, 09:30`. */
export const formatTime = (time: string) => timeFormat.format(new Date(time));
/** Such as `23 Nov`. */
export const formatDay = (time: string) => dayFormat.format(new Date(time));
/** A number with so many digits behind the point. */
export const formatNumber = (value: number, digits: number) =>
  value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
