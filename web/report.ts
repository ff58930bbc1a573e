/** The page of one session: what someone keeps of it, as `kuku report` writes it. */
import { readKept } from "../src/client/report/kept.ts";
import { drawSession } from "../src/client/report/session-report.ts";
import { show } from "./kept.ts";

const session = new URL(location.href).searchParams.get("session") ?? "";
void show(async (ask) => drawSession(await readKept(ask, session)));
