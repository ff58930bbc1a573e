/** The changes of one session that wait to be stored, in sets. A set is stored whole or not at all, and in its turn. */
import {
  type BatchRoom,
  countChanges,
  growthBy,
  mergeChanges,
  noChanges,
  type PendingChanges,
} from "./pending-changes.ts";

/** Changes of one write or of several that follow each other: rows, and the session's columns as of the last of them. */
interface ChangeSet {
  readonly changes: PendingChanges;
  /** Number of the last write that it holds. */
  upTo: number;
}

/** Size at which a set takes no more writes. */
export interface ChangeSetLimits {
  readonly setRows: number;
  /** Of its rows; where the columns are larger, their size. */
  readonly setBytes: number;
}

export class ChangeSets {
  readonly #limits: ChangeSetLimits;
  /** Oldest first. */
  #sets: ChangeSet[] = [];
  /** Number of sets, from the oldest on, that are being written. */
  #taken = 0;
  #bytes = 0;

  constructor(limits: ChangeSetLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#sets.length === 0;
  }

  /** Size of all of them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Number of changes, without those that were replaced. */
  get count(): number {
    return this.#sets.reduce((sum, { changes }) => sum + countChanges(changes), 0);
  }

  /** Size of the oldest set, the least that can be written; 0 where there is none. */
  get leastBytes(): number {
    return this.#sets[0]?.changes.bytes ?? 0;
  }

  /** Bytes by which a write would enlarge them; may be negative. */
  growthBy(changes: PendingChanges): number {
    return growthBy(this.#open()?.changes ?? noChanges(), changes);
  }

  /** Adds a write. */
  add(changes: PendingChanges, write: number): void {
    let open = this.#open();
    if (!open) {
      open = { changes: noChanges(), upTo: write };
      this.#sets.push(open);
    }
    const before = open.changes.bytes;
    mergeChanges(open.changes, changes);
    open.upTo = write;
    this.#bytes += open.changes.bytes - before;
  }

  /** Returns what is to be written next: the oldest sets that fit into the room, at least one, as one. */
  take(room: BatchRoom): PendingChanges {
    const part = noChanges();
    for (const { changes } of this.#sets) {
      const rows = countChanges(part) + countChanges(changes);
      const fits = rows <= room.rows && part.bytes + changes.bytes <= room.bytes;
      if (!fits && this.#taken > 0) break;
      mergeChanges(part, changes);
      this.#taken++;
    }
    return part;
  }

  /** Removes what was taken, since it is stored. Returns the number of the last write of it; undefined: nothing was taken. */
  stored(): number | undefined {
    const stored = this.#sets.splice(0, this.#taken);
    this.#taken = 0;
    for (const { changes } of stored) this.#bytes -= changes.bytes;
    return stored.at(-1)?.upTo;
  }

  /**
   * Puts back what was taken, since it is not stored. `inDoubt`: it may be stored after all; then it becomes one set, since
   * the older sets alone, written again, would take the session back to before what is stored.
   */
  putBack({ inDoubt }: { readonly inDoubt: boolean }): void {
    const taken = this.#taken;
    this.#taken = 0;
    const last = this.#sets[taken - 1];
    if (!inDoubt || !last || taken < 2) return;
    const whole = noChanges();
    for (const { changes } of this.#sets.splice(0, taken)) {
      mergeChanges(whole, changes);
      this.#bytes -= changes.bytes;
    }
    this.#sets.unshift({ changes: whole, upTo: last.upTo });
    this.#bytes += whole.bytes;
  }

  /** Drops all of them. */
  clear(): void {
    this.#sets = [];
    this.#taken = 0;
    this.#bytes = 0;
  }

  /** Returns the set that takes the next write; undefined: it begins one. */
  #open(): ChangeSet | undefined {
    const last = this.#sets.at(-1);
    if (!last || this.#sets.length === this.#taken) return undefined;
    const { rows, columns, bytes } = last.changes;
    let columnBytes = 0;
    for (const json of columns.values()) columnBytes += 2 * json.length;
    const { setRows, setBytes } = this.#limits;
    const full = rows.size >= setRows || bytes - columnBytes >= Math.max(setBytes, columnBytes);
    return full ? undefined : last;
  }
}
