/** The composed server with the limits of a server with accounts, and a token that is checked for ever. */
import { hangingToken } from "../../test/support/flood.ts";
import { answerComposed } from "../targets/composed.ts";

answerComposed(
  {
    LOG_LEVEL: "error",
    // What holds by default where people sign in; nobody does here, so that the flood meets the limits alone.
    MAX_SESSIONS_PER_ADDRESS: "50",
    SESSIONS_PER_HOUR_PER_ADDRESS: "300",
    REQUESTS_PER_MINUTE_PER_ADDRESS: "1200",
  },
  (composed) => (credentials, signal) =>
    credentials.token === hangingToken ? new Promise(() => {}) : composed(credentials, signal),
);
