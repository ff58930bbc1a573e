/**
 * A server whose one user talks and has everything erased, until it is killed: its storage never removes a file, and
 * it says `removing` where it should. Argument: the data folder.
 */
import { accountDataRoutes } from "../../../src/server/api/account-data.ts";
import { overriding } from "../../support/overriding.ts";
import { ask, begin, startRest } from "../../support/rest.ts";

const [dataDir = ""] = process.argv.slice(2);
const rest = await startRest({
  dataDir,
  moreRoutes: accountDataRoutes,
  objects: (real) =>
    overriding(real, {
      remove() {
        console.log("removing");
        return new Promise<void>(() => {});
      },
    }),
});
for (const text of ["Remember the zanzibarqx.", "And the zanzibarqx again."]) {
  const id = await begin(rest.server);
  await ask(rest.server, `POST /api/sessions/${id}/messages`, { json: { text } });
}
await ask(rest.server, "DELETE /api/me", { json: { confirm: "erase everything" } });
