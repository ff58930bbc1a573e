/** The load generator's process: a crowd of sessions for each server, and rehearsals with one session. */
import { answer } from "../child.ts";
import { Crowd, type CrowdOptions } from "./crowd.ts";
import { rehearse } from "./rehearsal.ts";

/** By the server's port. */
const crowds = new Map<number, Crowd>();

answer({
  rehearse,
  gather: async (options: CrowdOptions) => {
    const crowd = new Crowd(options);
    crowds.set(options.port, crowd);
    await crowd.gather();
  },
  speak: (port: number) => crowds.get(port)?.speak(),
  pause: (port: number) => crowds.get(port)?.pause(),
  mark: (port: number) => crowds.get(port)?.mark(),
  sighting: (port: number) => crowds.get(port)?.sighting(),
  leave: async (port: number) => {
    await crowds.get(port)?.leave();
    crowds.delete(port);
  },
});
