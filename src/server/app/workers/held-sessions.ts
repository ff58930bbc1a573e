/** Which worker holds which session, as the primary knows it from all of them. */
import type { ToPrimary } from "./messages.ts";
import type { WorkerProcess } from "./worker-process.ts";

export class HeldSessions {
  /** Numbers of workers by the ids of sessions. */
  readonly #holders = new Map<string, number>();

  receive(message: ToPrimary, from: WorkerProcess, all: readonly WorkerProcess[]): void {
    if (message.type !== "session") return;
    const { id, held } = message;
    if (held) this.#holders.set(id, from.number);
    // Another one may have taken it over before this one has let go.
    else if (this.#holders.get(id) === from.number) this.#holders.delete(id);
    else return;
    for (const each of all)
      if (each !== from) each.send({ type: "holder", id, worker: held ? from.number : undefined });
  }

  /** Tells a worker that has just started of all sessions. */
  tell(to: WorkerProcess): void {
    for (const [id, worker] of this.#holders) to.send({ type: "holder", id, worker });
  }

  /** Forgets the sessions of a worker that has ended. */
  forget(worker: number, all: readonly WorkerProcess[]): void {
    for (const [id, holder] of this.#holders) {
      if (holder !== worker) continue;
      this.#holders.delete(id);
      for (const each of all) each.send({ type: "holder", id, worker: undefined });
    }
  }
}
