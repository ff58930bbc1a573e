/** Dates and figures in the page's language. */
import { t } from "./messages/index.ts";

const timeFormat = new Intl.DateTimeFormat(t.locale, { dateStyle: "medium", timeStyle: "short" });
const dayFormat = new Intl.DateTimeFormat(t.locale, { day: "numeric", month: "short" });

/** Such as `23 Nov 2026, 09:30`. */
export const formatTime = (time: string) => timeFormat.format(new Date(time));
/** Such as `23 Nov`. */
export const formatDay = (time: string) => dayFormat.format(new Date(time));
/** A number with so many digits behind the point. */
export const formatNumber = (value: number, digits: number) =>
  value.toLocaleString(t.locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
