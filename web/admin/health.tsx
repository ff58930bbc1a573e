/** How turns, providers and nodes do: latency by step, failures and circuits, the last errors. */

import { Told } from "../dialog.tsx";
import { formatMs, formatTime, shortId } from "./format.ts";
import { t } from "./messages.ts";
import { type Column, SilentNodes, Table, useReading } from "./parts.tsx";
import { type LoggedError, type Provider, read, type Silent, type StepLatency } from "./requests.ts";

/** Interval of reading, ms. */
const everyMs = 5_000;

type OnNode = Provider & { readonly node: string };

async function readHealth() {
  const [latency, providers, errors] = await Promise.all([
    read<{ steps: readonly StepLatency[] }>("/latency"),
    read<Silent & { nodes: readonly { node: string; providers: readonly Provider[] }[] }>("/providers"),
    read<{ errors: readonly LoggedError[] }>("/errors"),
  ]);
  const onNodes = providers.nodes.flatMap(({ node, providers: own }) =>
    own.map((provider): OnNode => ({ ...provider, node })),
  );
  return { steps: latency.steps, providers: onNodes, errors: errors.errors, silent: providers.silent };
}

export function Health() {
  const { answer, failure } = useReading(readHealth, "health", everyMs);
  return (
    <section aria-labelledby="heading" aria-busy={answer === undefined}>
      <h2 id="heading">{t.sections.health}</h2>
      {failure && <Told text={failure} />}
      <SilentNodes nodes={answer?.silent} />
      {answer && (
        <>
          <h3>{t.latencies}</h3>
          <Table
            label={t.latencies}
            columns={latency}
            rows={answer.steps}
            idOf={({ step }) => step}
            empty={t.noTurns}
          />
          <h3>{t.providers}</h3>
          <Table
            label={t.providers}
            columns={providers}
            rows={answer.providers}
            idOf={({ node, stage, provider }) => `${node} ${stage} ${provider}`}
            empty={t.nothingFound}
          />
          <h3>{t.errors}</h3>
          <Table
            label={t.errors}
            columns={errors}
            rows={answer.errors}
            idOf={({ node, at, message }) => `${node} ${at} ${message}`}
            empty={t.noErrors}
          />
        </>
      )}
    </section>
  );
}

const percentile = (name: "p50" | "p90" | "p99" | "max", title: string): Column<StepLatency> => ({
  name: title,
  cell: (row) => formatMs(row[name]),
  figure: true,
});

const latency: Column<StepLatency>[] = [
  { name: t.step, cell: ({ step }) => t.steps[step] },
  { name: t.turns, cell: ({ count }) => count, figure: true },
  percentile("p50", t.median),
  percentile("p90", "90 %"),
  percentile("p99", "99 %"),
  percentile("max", t.longest),
];

const providers: Column<OnNode>[] = [
  { name: t.stage, cell: ({ stage }) => t.engineStages[stage] },
  { name: t.provider, cell: ({ provider }) => provider },
  { name: t.node, cell: ({ node }) => <span title={node}>{shortId(node)}</span> },
  { name: t.circuit, cell: ({ circuit }) => (circuit ? t.circuits[circuit] : "–") },
  { name: t.recentFailures, cell: ({ recentFailures }) => recentFailures, figure: true },
  { name: t.allFailures, cell: ({ failures }) => failures, figure: true },
  {
    name: t.lastFailure,
    cell: ({ lastFailure }) => (lastFailure ? `${lastFailure.kind}, ${formatTime(lastFailure.at)}` : "–"),
  },
];

const errors: Column<LoggedError>[] = [
  { name: t.when, cell: ({ at }) => formatTime(at) },
  {
    name: t.what,
    cell: ({ message, error }) => (
      <span class="person">
        {message}
        {error && (
          <small>
            {error.type}: {error.message}
          </small>
        )}
      </span>
    ),
  },
  { name: t.node, cell: ({ node }) => <span title={node}>{shortId(node)}</span> },
];
