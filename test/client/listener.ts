/** A client of the real server that writes down all it gets, for tests of what is lost and what comes twice. */
import { type ClientClock, machineClock } from "../../src/client/clock.ts";
import type { ConnectOptions } from "../../src/client/connect.ts";
import { openConversation } from "../../src/client/conversation.ts";
import { nodeSocket } from "../../src/client/node/node-socket.ts";
import { followTurns, noTurns, type Turns } from "../../src/client/turns.ts";
import { virtualPlayer } from "../../src/client/virtual-player.ts";
import type { ServerEvent, ServerEventOf, ServerEventType } from "../../src/protocol/server-events.ts";

/** Time that passes four times as fast: what is said is heard out sooner. */
const fastClock: ClientClock = {
  now: () => machineClock.now() * 4,
  after: (ms, callback) => machineClock.after(ms / 4, callback),
};

/** Connects, hears replies out and reports them; every sample of a response is kept, and must come in order and once. */
export async function listen(url: string, options: ConnectOptions = {}) {
  const events: ServerEvent[] = [];
  const audio = new Map<number, number[]>();
  const faults: string[] = [];
  const states: string[] = [];
  let turns: Turns = noTurns;
  let waiting: { met: () => boolean; resolve: () => void }[] = [];
  const look = () => {
    const met = waiting.filter((each) => each.met());
    waiting = waiting.filter((each) => !met.includes(each));
    for (const each of met) each.resolve();
  };
  const connection = await openConversation(url, {
    openSocket: nodeSocket(),
    openPlayer: virtualPlayer({ clock: fastClock }),
    clock: fastClock,
    // Of the fast clock: a busy machine may take its time over a connection.
    timeoutMs: 400_000,
    ...options,
    onEvent(event) {
      events.push(event);
      turns = followTurns(turns, event, events.length);
      options.onEvent?.(event);
      look();
    },
    onAudio(piece) {
      const had = audio.get(piece.responseNumber) ?? [];
      if (piece.startSample !== had.length)
        faults.push(`response ${piece.responseNumber}: ${piece.startSample} after ${had.length}`);
      had.push(...piece.pcm);
      audio.set(piece.responseNumber, had);
      options.onAudio?.(piece);
      look();
    },
    onConnection(state) {
      states.push(state);
      look();
    },
  });
  const until = (met: () => boolean) =>
    met() ? Promise.resolve() : new Promise<void>((resolve) => waiting.push({ met, resolve }));
  const of = <T extends ServerEventType>(type: T) =>
    events.filter((event): event is ServerEventOf<T> => event.type === type);
  return {
    connection,
    events,
    audio,
    faults,
    states,
    until,
    of,
    get turns() {
      return turns;
    },
    samples: (response: number) => audio.get(response)?.length ?? 0,
    async sends<T extends ServerEventType>(type: T, count = 1): Promise<ServerEventOf<T>> {
      await until(() => of(type).length >= count);
      return of(type)[count - 1] as ServerEventOf<T>;
    },
  };
}
