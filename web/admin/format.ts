/** Figures and times of the administrators' page, in the page's language. */
import { locale, t } from "./messages.ts";

const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const money = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 4 });
const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const utcDay = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });

export const formatNumber = (value: number): string => number.format(value);
export const formatCost = (value: number): string => money.format(value);
export const formatTime = (time: string): string => moment.format(new Date(time));

/** The day of a point in time where the visitor is; a day without a time (`2026-11-30`, UTC) stays that day everywhere. */
export function formatDay(time: string): string {
  return (time.length === 10 ? utcDay : day).format(new Date(time));
}

/** Milliseconds, as `742 ms` or `1.2 s`. */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${formatNumber(ms)} ms`;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(ms / 1000)} s`;
}

/** Time since, as `12 s`, `5 min`, `3 h 20 min` or `2 d 4 h`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes < 1) return `${seconds} s`;
  if (hours < 1) return `${minutes} min`;
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} ${t.daysShort} ${hours % 24} h`;
}

/** The end of an id, enough to tell one from another. */
export function shortId(id: string): string {
  return id.length > 14 ? `…${id.slice(-8)}` : id;
}

/** A table as CSV (RFC 4180). Texts that a spreadsheet would take for a formula are kept from that. */
export function toCsv(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) => {
    const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
