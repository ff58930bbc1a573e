/** The load generator's process: a crowd of sessions, and rehearsals with one. */
import { answer } from "../child.ts";
import { Crowd, type CrowdOptions } from "./crowd.ts";
import { rehearse } from "./rehearsal.ts";

let crowd: Crowd | undefined;

answer({
  rehearse,
  gather: async (options: CrowdOptions) => {
    crowd = new Crowd(options);
    await crowd.gather();
  },
  speak: () => crowd?.speak(),
  mark: () => crowd?.mark(),
  sighting: () => crowd?.sighting(),
  leave: async () => {
    await crowd?.leave();
    crowd = undefined;
  },
});
