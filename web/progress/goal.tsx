/** Days in a row, the week's goal, and the calendar of the last weeks. */
import { useState } from "preact/hooks";
import { interfaceLanguage, t } from "../messages/index.ts";
import { dayName, lastWeeks } from "./days.ts";
import { calendarWeeks } from "./requests.ts";

const goalKey = "kuku.goal";
const defaultGoal = 3;
const goals = [1, 2, 3, 4, 5, 6, 7];

function readGoal(): number {
  const goal = Number(localStorage.getItem(goalKey));
  return goals.includes(goal) ? goal : defaultGoal;
}

export function Goal({ streakDays, practisedAt }: { streakDays: number; practisedAt: readonly string[] }) {
  const [goal, setGoal] = useState(readGoal);
  const today = new Date();
  const practised = new Set(practisedAt.map((time) => dayName(new Date(time))));
  const weeks = lastWeeks(today, calendarWeeks);
  const done = (weeks.at(-1) ?? []).filter((day) => practised.has(dayName(day))).length;
  return (
    <section id="goal" class="card" aria-labelledby="goal-heading">
      <div>
        <h2 id="goal-heading">{t.progressPage.thisWeek}</h2>
        <p class="big">
          <b>{t.progressPage.daysOf(done, goal)}</b>
        </p>
        <progress max={goal} value={Math.min(done, goal)} aria-labelledby="goal-heading" />
        <p>{done >= goal ? t.progressPage.goalReached : t.progressPage.goalLeft(goal - done)}</p>
        <p>
          <label>
            {t.progressPage.goal}{" "}
            <select
              value={goal}
              onChange={({ currentTarget }) => {
                localStorage.setItem(goalKey, currentTarget.value);
                setGoal(Number(currentTarget.value));
              }}
            >
              {goals.map((days) => (
                <option key={days} value={days}>
                  {t.progressPage.days(days)}
                </option>
              ))}
            </select>
          </label>
        </p>
        <p class="big" id="streak">
          <b>{t.progressPage.days(streakDays)}</b> {t.progressPage.inARow}
        </p>
      </div>
      <Calendar weeks={weeks} practised={practised} today={today} />
    </section>
  );
}

const weekday = new Intl.DateTimeFormat(interfaceLanguage, { weekday: "short" });
const longWeekday = new Intl.DateTimeFormat(interfaceLanguage, { weekday: "long" });

function Calendar(props: { weeks: readonly Date[][]; practised: ReadonlySet<string>; today: Date }) {
  const { weeks, practised, today } = props;
  return (
    <table id="calendar">
      <caption>{t.progressPage.calendar}</caption>
      <thead>
        <tr>
          {weeks[0]?.map((day) => (
            <th key={day.getDay()} scope="col" abbr={longWeekday.format(day)}>
              {weekday.format(day)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((days) => (
          <tr key={dayName(days[0] ?? today)}>
            {days.map((day) => {
              const name = dayName(day);
              const wasPractised = practised.has(name);
              return (
                <td
                  key={name}
                  class={`${wasPractised ? "practised" : ""} ${day > today ? "later" : ""}`}
                  aria-current={name === dayName(today) ? "date" : undefined}
                >
                  <time dateTime={name}>{day.getDate()}</time>
                  {wasPractised && <span class="unseen"> {t.progressPage.practised}</span>}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
