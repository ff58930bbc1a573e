/** Commands that people are told to run: those of a clone, whose sources run, or of the package. */
const inClone = import.meta.url.endsWith(".ts");

/** Starts the server. */
export const startCommand = inClone ? "npm start" : "npx kuku-coach start";

/** The same, flags to follow. */
export const startWithFlags = inClone ? `${startCommand} --` : startCommand;

/** The command `kuku`, words to follow. */
export const kukuCommand = inClone ? "npm run kuku --" : "npx kuku-coach";
