/** A mail server that takes what it is given, as far as SMTP goes for one mail after another. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

interface Delivered {
  readonly from: string;
  readonly to: string;
  /** Headers and text, as they came. */
  readonly data: string;
}

export interface SmtpServer {
  readonly url: string;
  readonly delivered: readonly Delivered[];
  /** Resolves with the next mail. */
  next(): Promise<Delivered>;
  stop(): Promise<void>;
}

/** `refuse`: every recipient is turned away. */
export async function startSmtp({ refuse = false } = {}): Promise<SmtpServer> {
  const delivered: Delivered[] = [];
  const waiting: ((mail: Delivered) => void)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    void serve(socket, refuse, (mail) => {
      delivered.push(mail);
      waiting.shift()?.(mail);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    delivered,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function serve(socket: Socket, refuse: boolean, deliver: (mail: Delivered) => void): Promise<void> {
  const say = (line: string) => void socket.write(`${line}\r\n`);
  let [from, to] = ["", ""];
  let data: string[] | undefined;
  say("220 test");
  for await (const line of createInterface({ input: socket })) {
    if (data) {
      if (line !== ".") {
        data.push(line.replace(/^\.\./, "."));
        continue;
      }
      deliver({ from, to, data: data.join("\n") });
      data = undefined;
      say("250 taken");
      continue;
    }
    const [, word = "", path = ""] = /^(\w+)(?:.*<(.*)>)?/.exec(line) ?? [];
    if (word === "MAIL") from = path;
    if (word === "RCPT") to = path;
    if (word === "DATA") data = [];
    if (word === "QUIT") return void socket.end("221 bye\r\n");
    if (word === "RCPT" && refuse) say(`550 no such mailbox <${path}>`);
    else say(word === "DATA" ? "354 go on" : "250 well");
  }
}
