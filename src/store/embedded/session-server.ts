/**
 * PostgreSQL's protocol before PGlite, which has one session: the session is lent to one connection at a time, for a whole
 * transaction, as a connection pooler in transaction mode lends its own.
 */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { PGlite } from "@electric-sql/pglite";
import { type CancelTimer, systemClock } from "../../lib/clock.ts";
import { MessageReader, type Unit } from "./message-reader.ts";

/** Time that a connection may leave a transaction open without a word, while nobody else has a turn, ms. */
const idleInTransactionMs = 10_000;

/** `Query` with that statement. */
const rollback = new Uint8Array(Buffer.from("Q\0\0\0\rrollback\0"));

interface Turn {
  readonly connection: Connection;
  readonly unit: Uint8Array;
}

interface Connection {
  readonly socket: Socket;
  readonly reader: MessageReader;
}

export class SessionServer {
  readonly #db: Pick<PGlite, "execProtocolRawStream" | "isInTransaction">;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  /** Units in the order in which they came, of whichever connection. */
  #waiting: Turn[] = [];
  /** The connection whose transaction is open. */
  #holder: Connection | undefined;
  #cancelTimeout: CancelTimer = () => {};
  #working = false;

  constructor(db: Pick<PGlite, "execProtocolRawStream" | "isInTransaction">) {
    this.#db = db;
    this.#server = createServer((socket) => this.#connected(socket));
  }

  /** Listens on a socket file. @throws the system's error */
  async listen(path: string): Promise<void> {
    this.#server.listen(path);
    await once(this.#server, "listening");
  }

  /** Ends every connection. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const { socket } of this.#connections) socket.destroy();
    await closed;
  }

  #connected(socket: Socket): void {
    const connection = { socket, reader: new MessageReader() };
    this.#connections.add(connection);
    socket.on("error", () => {}); // told by its close
    socket.on("data", (bytes: Buffer) => {
      for (const unit of connection.reader.take(bytes)) this.#receive(connection, unit);
    });
    socket.once("close", () => void this.#disconnected(connection));
  }

  #receive(connection: Connection, unit: Unit): void {
    if (unit === "refuse_encryption") connection.socket.write("N");
    else if (unit === "over") connection.socket.destroy();
    else {
      this.#waiting.push({ connection, unit });
      void this.#work();
    }
  }

  async #disconnected(connection: Connection): Promise<void> {
    this.#connections.delete(connection);
    this.#waiting = this.#waiting.filter((turn) => turn.connection !== connection);
    if (this.#holder !== connection) return;
    await this.#db.execProtocolRawStream(rollback, { syncToFs: false, onRawData: () => {} });
    this.#lend(undefined);
    await this.#work();
  }

  /** Has units executed, one after the other; while a transaction is open, its connection's alone. A failure of the engine ends the thread. */
  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let turn = this.#next(); turn; turn = this.#next()) {
      const { connection, unit } = turn;
      const { socket } = connection;
      // Synchronous within: nothing comes between the messages of a unit.
      await this.#db.execProtocolRawStream(unit, {
        syncToFs: false,
        onRawData: (bytes) => void (socket.writable && socket.write(Buffer.from(bytes))),
      });
      const open = this.#db.isInTransaction();
      this.#lend(open ? connection : undefined);
      // The client went away before anything was open.
      if (open && !this.#connections.has(connection)) await this.#disconnected(connection);
    }
    this.#working = false;
  }

  #next(): Turn | undefined {
    const index = this.#holder ? this.#waiting.findIndex(({ connection }) => connection === this.#holder) : 0;
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0];
  }

  #lend(holder: Connection | undefined): void {
    this.#holder = holder;
    this.#cancelTimeout();
    if (holder) this.#cancelTimeout = systemClock.after(idleInTransactionMs, () => holder.socket.destroy());
  }
}
