/** What was used, day by day and by whom most, with a file of it for a spreadsheet. */
import { useState } from "preact/hooks";
import { Told } from "../dialog.tsx";
import { formatCost, formatDay, formatNumber, toCsv } from "./format.ts";
import { t } from "./messages.ts";
import { type Column, Person, Table, useReading } from "./parts.tsx";
import { read, type Sums, type Usage } from "./requests.ts";

const dayMs = 86_400_000;
const toDay = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** Users that are shown. */
const mostShown = 10;

const figures: readonly (keyof Sums)[] = [
  "sessions",
  "turns",
  "audioSeconds",
  "inputTokens",
  "outputTokens",
  "characters",
  "cost",
];

const sums: Column<Sums>[] = figures.map((figure) => ({
  name: t.figures[figure],
  cell: (row) => (figure === "cost" ? formatCost(row.cost) : formatNumber(row[figure])),
  figure: true,
}));

export function UsageSection() {
  const today = toDay(Date.now());
  const [range, setRange] = useState({ from: toDay(Date.now() - 29 * dayMs), to: today });
  const { answer, failure } = useReading(() => read<Usage>("/usage", range), `${range.from} ${range.to}`);
  const change = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    setRange({ from: String(fields.get("from") ?? ""), to: String(fields.get("to") ?? "") });
  };
  return (
    <section aria-labelledby="heading" aria-busy={answer === undefined}>
      <h2 id="heading">{t.sections.usage}</h2>
      <form class="bar" onSubmit={change}>
        <label for="from">{t.from}</label>
        <input id="from" name="from" type="date" required defaultValue={range.from} max={today} />
        <label for="to">{t.to}</label>
        <input id="to" name="to" type="date" required defaultValue={range.to} max={today} />
        <button type="submit">{t.show}</button>
        {answer && answer.days.length > 0 && (
          <button type="button" onClick={() => download(answer)}>
            {t.csv}
          </button>
        )}
      </form>
      {failure && <Told text={failure} />}
      {answer && <Days usage={answer} />}
    </section>
  );
}

function Days({ usage }: { usage: Usage }) {
  const most = Math.max(...usage.days.map(({ turns }) => turns), 1);
  const days: Column<Usage["days"][number]>[] = [
    {
      name: t.day,
      cell: ({ day, turns }) => (
        <span class="share" style={{ "--share": turns / most }}>
          {formatDay(day)}
        </span>
      ),
    },
    { name: t.people, cell: ({ owners }) => owners, figure: true },
    ...sums,
  ];
  const top: Column<Usage["top"][number]>[] = [
    { name: t.person, cell: ({ ownerId, ownerName }) => <Person id={ownerId} name={ownerName} /> },
    ...sums,
  ];
  return (
    <>
      <Table
        label={t.byDay}
        columns={days}
        rows={usage.days.toReversed()}
        idOf={({ day }) => day}
        empty={t.nothingUsed}
      />
      <h3>{t.usedMost}</h3>
      <Table
        label={t.usedMost}
        columns={top}
        rows={usage.top.slice(0, mostShown)}
        idOf={({ ownerId }) => ownerId}
        empty={t.nothingUsed}
      />
    </>
  );
}

function download({ from, to, days }: Usage): void {
  const rows = days.map((row) => [row.day, row.owners, ...figures.map((figure) => row[figure])]);
  const file = new Blob([toCsv([["day", "people", ...figures], ...rows])], {
    type: "text/csv;charset=utf-8",
  });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `kuku-usage-${from}-${to}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}
