/** The primary as a worker sees it. */
import type { Socket } from "node:net";
import type { WatchSession } from "../../conversations/live-sessions.ts";
import type { Metrics } from "../../operations/metrics.ts";
import type { MetricsOfProcess, ToPrimary, ToWorker, WorkerStart } from "./messages.ts";

/** The parts of a worker that the primary's messages go to. */
export interface Receivers {
  readonly connection: (socket: Socket) => void;
  readonly ownMetrics: () => Promise<MetricsOfProcess>;
}

export class PrimaryLink {
  readonly #start = Promise.withResolvers<WorkerStart>();
  readonly #ended = Promise.withResolvers<void>();
  /** Questions to the primary that wait for their answers. */
  readonly #asked = new Map<number, (answer: ToWorker) => void>();
  /** Workers by the ids of the sessions that they hold, this one's left out. */
  readonly #holders = new Map<string, number>();
  #receivers: Receivers | undefined;
  #onPersonas: () => Promise<void> = async () => {};
  #next = 0;
  #running = { running: 0, wanted: 0 };

  constructor() {
    process.on("message", (message, socket) =>
      this.#receive(message as ToWorker, socket as Socket | undefined),
    );
    process.once("disconnect", () => this.#ended.resolve());
    // What keeps this process is its server.
    process.channel?.unref();
  }

  /** Resolves with what the worker is to start with. */
  get start(): Promise<WorkerStart> {
    return this.#start.promise;
  }

  /** Resolves once the primary says that it is over, or is gone. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** True: the primary ended without a word, as where it is killed. */
  get gone(): boolean {
    return !process.connected;
  }

  /** Workers that run, of those there should be. */
  get running(): { readonly running: number; readonly wanted: number } {
    return this.#running;
  }

  /** Returns the other worker that holds a session. */
  holderOf(sessionId: string): number | undefined {
    return this.#holders.get(sessionId);
  }

  /** Tells the others which sessions are held here. */
  readonly watch: WatchSession = ({ id }) => {
    this.#holders.delete(id);
    this.tell({ type: "session", id, held: true });
    return { closed: () => this.tell({ type: "session", id, held: false }) };
  };

  /** Calls `listener` when another worker has changed the personas that users make; it resolves once it knows them. */
  onPersonas(listener: () => Promise<void>): void {
    this.#onPersonas = listener;
  }

  /** Tells the other workers that the personas that users make have changed; resolves once they know. */
  async personasChanged(): Promise<void> {
    await this.#ask((id) => ({ type: "personas_changed", id }));
  }

  /** Says where the primary's messages go. */
  receive(receivers: Receivers): void {
    this.#receivers = receivers;
  }

  tell(message: ToPrimary): void {
    if (process.connected) process.send?.(message, () => {}); // a primary that is gone has nothing to be told
  }

  /** Reads the metrics of all workers. */
  readonly readMetrics: Metrics["read"] = async () => {
    const { contentType } = await import("prom-client").then(({ Registry }) => new Registry());
    const answer = await this.#ask((id) => ({ type: "collect_metrics", id }));
    return { contentType, text: answer.type === "metrics" ? answer.text : "" };
  };

  #ask(question: (id: number) => ToPrimary): Promise<ToWorker> {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.tell(question(id));
    });
  }

  #receive(message: ToWorker, socket: Socket | undefined): void {
    if (message.type === "start") this.#start.resolve(message);
    else if (message.type === "stop") this.#ended.resolve();
    else if (message.type === "ping") this.tell({ type: "pong" });
    else if (message.type === "running") this.#running = message;
    else if (message.type === "holder") this.#held(message.id, message.worker);
    else if (message.type === "connection") this.#connected(socket);
    else if (message.type === "metrics" || message.type === "personas_known") {
      this.#asked.get(message.id)?.(message);
      this.#asked.delete(message.id);
    } else if (message.type === "read_personas")
      void this.#onPersonas().then(() => this.tell({ type: "personas_read", id: message.id }));
    else
      void this.#receivers
        ?.ownMetrics()
        .then((metrics) => this.tell({ type: "own_metrics", id: message.id, metrics }));
  }

  #held(id: string, worker: number | undefined): void {
    if (worker === undefined) this.#holders.delete(id);
    else this.#holders.set(id, worker);
  }

  /** Undefined: it was closed on its way. */
  #connected(socket: Socket | undefined): void {
    const closed = () => this.tell({ type: "closed" });
    if (!socket || !this.#receivers) {
      socket?.destroy();
      return closed();
    }
    socket.once("close", closed);
    this.#receivers.connection(socket);
  }
}
