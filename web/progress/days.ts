/** Days and weeks where the reader is; a week begins with its Monday. Pure. */

/** A day's name, `2026-11-23`, where the reader is. */
export function dayName(date: Date): string {
  const digits = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${digits(date.getMonth() + 1)}-${digits(date.getDate())}`;
}

/** Midnight of the day so many days before. */
export function daysBefore(date: Date, days: number): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - days);
}

/** The Monday of a day's week. */
function mondayOf(date: Date): Date {
  return daysBefore(date, (date.getDay() + 6) % 7);
}

/** The days of the last weeks, week by week, the present one last. */
export function lastWeeks(today: Date, weeks: number): Date[][] {
  const monday = mondayOf(today);
  return Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: 7 }, (_, day) => daysBefore(monday, (weeks - 1 - week) * 7 - day)),
  );
}
