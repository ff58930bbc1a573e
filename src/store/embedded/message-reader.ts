/** Cuts what a client of PostgreSQL sends into units that are executed without anything in between. */

/**
 * The start of a connection, a simple query, or the messages of an extended one up to its `Sync`; or the request for an
 * encrypted connection. `over`: the client ends the connection, asks to cancel (which nobody could), or speaks otherwise.
 */
export type Unit = Uint8Array | "refuse_encryption" | "over";

/** Codes in the place of a protocol version. */
const encryptions = [80_877_103, 80_877_104];
const version3 = 3;
/** Types of the messages that end a unit: `Query`, `Sync`, `FunctionCall`. */
const lasts = new Set(["Q", "S", "F"].map((type) => type.charCodeAt(0)));
const terminate = "X".charCodeAt(0);
/** Longest message, bytes; a batch of the journals has half a megabyte. */
const longest = 256 * 1024 * 1024;

export class MessageReader {
  /** Bytes that have come and belong to no unit yet. */
  #bytes: Buffer = Buffer.alloc(0);
  /** Number of those bytes that are whole messages. */
  #whole = 0;
  #started = false;

  /** Takes bytes as they come; returns the units that they complete. */
  take(bytes: Uint8Array): Unit[] {
    this.#bytes = this.#bytes.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#bytes, bytes]);
    const units: Unit[] = [];
    for (let unit = this.#next(); unit; unit = this.#next()) {
      units.push(unit);
      if (unit === "over") break;
    }
    return units;
  }

  #next(): Unit | undefined {
    return this.#started ? this.#nextQuery() : this.#nextStart();
  }

  /** Messages without a type: their length, then a code. */
  #nextStart(): Unit | undefined {
    if (this.#bytes.length < 8) return undefined;
    const length = this.#bytes.readUInt32BE(0);
    const code = this.#bytes.readUInt32BE(4);
    if (length < 8 || length > longest) return "over";
    if (this.#bytes.length < length) return undefined;
    const message = this.#cut(length);
    if (encryptions.includes(code)) return "refuse_encryption";
    this.#started = true;
    return code >>> 16 === version3 ? message : "over";
  }

  #nextQuery(): Unit | undefined {
    while (this.#bytes.length >= this.#whole + 5) {
      const type = this.#bytes[this.#whole] ?? 0;
      const length = this.#bytes.readUInt32BE(this.#whole + 1);
      if (length < 4 || length > longest) return "over";
      if (this.#bytes.length < this.#whole + 1 + length) return undefined;
      this.#whole += 1 + length;
      if (type === terminate) return "over";
      if (lasts.has(type)) return this.#cut(this.#whole);
    }
    return undefined;
  }

  #cut(length: number): Uint8Array {
    // A copy, as the engine keeps the view it is given.
    const unit = new Uint8Array(this.#bytes.subarray(0, length));
    this.#bytes = this.#bytes.subarray(length);
    this.#whole = 0;
    return unit;
  }
}
