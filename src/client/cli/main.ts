/** The command `kuku`: reads its arguments, talks, prints, and says by its exit code how it went. */
import { readFile, writeFile } from "node:fs/promises";
import { machineClock } from "../clock.ts";
import { nodeSocket } from "../node/node-socket.ts";
import { type Recording, readWav, WavError, writeWav } from "../wav.ts";
import { help, readArguments, type TalkArguments } from "./arguments.ts";
import { drawLive, drawNews, drawResult } from "./drawing.ts";
import { engineLines } from "./engines.ts";
import { talk } from "./talk.ts";
import { type Output, paint, type Terminal } from "./terminal.ts";
import type { TalkDeps } from "./watch.ts";

/** The recording, or why it cannot be used. */
async function readRecording(file: string): Promise<Recording | string> {
  try {
    return readWav(await readFile(file));
  } catch (error) {
    if (error instanceof WavError) return `${file}: ${error.message}`;
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT"
      ? `${file}: there is no such file`
      : `${file}: it cannot be read (${code ?? message})`;
  }
}

/** One JSON object a line. */
function tellJson(out: Output): TalkDeps["tell"] {
  const print = (value: unknown) => out.write(`${JSON.stringify(value)}\n`);
  return (news) => {
    if (news.type === "event") print({ type: "event", at_ms: Math.round(news.at), event: news.event });
    if (news.type === "audio")
      print({ type: "audio", at_ms: Math.round(news.at), response: news.response, ms: Math.round(news.ms) });
  };
}

/** Lines as things happen; on a terminal with a level meter under them. */
function tellPerson(out: Output, colours: boolean): TalkDeps["tell"] {
  const colour = paint(colours);
  const clear = out.isTTY ? "\r\u001b[K" : "";
  let drawn = 0;
  return (news, turns) => {
    const line = drawNews(news, colour);
    if (line !== undefined) out.write(`${clear}${line}\n`);
    if (news.type !== "spoken" || !out.isTTY || news.recordingMs - drawn < 60) return;
    drawn = news.recordingMs;
    out.write(`${clear}${drawLive(news.level, news.recordingMs, turns, colour, out.columns)}`);
  };
}

/** Reports the connection's state on the error output, apart from the command's own output. */
function tellConnection(tell: TalkDeps["tell"], error: Output): TalkDeps["tell"] {
  let away = false;
  return (news, turns) => {
    if (news.type === "connection") {
      if (news.state === "reconnecting") error.write("kuku: the connection was lost; reconnecting\n");
      if (news.state === "connected" && away) error.write("kuku: connected again; going on\n");
      away = news.state === "reconnecting";
    }
    tell(news, turns);
  };
}

async function runTalk(options: TalkArguments, terminal: Terminal): Promise<number> {
  const { out, error } = terminal;
  const recording = await readRecording(options.file);
  if (typeof recording === "string") {
    error.write(`kuku: ${recording}\n`);
    return 2;
  }
  const colours = (out.isTTY && out.hasColors?.()) ?? false;
  if (!options.json) out.write(await engineLines(options));
  const spoken = await talk(recording, options, {
    clock: machineClock,
    openSocket: nodeSocket({ insecure: options.insecure }),
    tell: tellConnection(options.json ? tellJson(out) : tellPerson(out, colours), error),
  });
  if (options.out !== undefined && spoken.reply.pcm.length > 0) {
    try {
      await writeFile(options.out, writeWav(spoken.reply.pcm, spoken.reply.rate));
    } catch (failure) {
      error.write(
        `kuku: ${options.out}: it cannot be written (${(failure as NodeJS.ErrnoException).code})\n`,
      );
    }
  }
  if (options.json) out.write(`${JSON.stringify(spoken.result)}\n`);
  else out.write(`${out.isTTY ? "\r\u001b[K" : ""}${drawResult(spoken, paint(colours), options.language)}\n`);
  return spoken.result.ok ? 0 : 1;
}

/** Runs the command; answers the exit code: 0 success, 1 the turn failed or the server said no, 2 wrong usage or file. */
export async function main(
  argv: readonly string[],
  terminal: Terminal = { out: process.stdout, error: process.stderr },
): Promise<number> {
  const read = readArguments(argv);
  switch (read.command) {
    case "help":
      terminal.out.write(`${help}\n`);
      return 0;
    case "usage":
      terminal.error.write(`kuku: ${read.message}\nTry: kuku --help\n`);
      return 2;
    case "talk":
      return runTalk(read, terminal);
    case "report":
    case "sessions":
      return (await import("./report.ts")).runReport(read, terminal);
  }
}
