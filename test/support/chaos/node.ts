import { setTimeout as wait } from "node:timers/promises";
import { type Mortal, startMortal } from "../survival-server.ts";

/** A server that is started again whenever it has died, until it is stopped. */
export class Node {
  readonly port: number;
  readonly #env: Readonly<Record<string, string>>;
  #server: Mortal | undefined;
  #stopped = false;

  constructor(env: Readonly<Record<string, string>>, port: number) {
    this.#env = env;
    this.port = port;
  }

  /** Starts it, again where the database cannot be reached just now. */
  async start(): Promise<void> {
    while (!this.#stopped && this.#server === undefined)
      this.#server = await startMortal(this.#env, this.port).catch(() => wait(500, undefined));
  }

  async killAndRestart(): Promise<void> {
    const server = this.#server;
    if (!server) return; // it is on its way already
    this.#server = undefined;
    await server.kill();
    await this.start();
  }

  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#server?.signal(name);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#server?.kill();
  }
}
