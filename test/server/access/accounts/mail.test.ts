/** Mails on their way out: a conversation with a mail server, and the standard output where there is none. */
import { afterEach, expect, test } from "vitest";
import { openMail, printedMail } from "../../../../src/server/access/accounts/mail.ts";
import { languageOf, writeMail } from "../../../../src/server/access/accounts/mail-texts.ts";
import { type SmtpServer, startSmtp } from "./smtp.ts";

let smtp: SmtpServer | undefined;
afterEach(async () => {
  await smtp?.stop();
  smtp = undefined;
});

const base = "https://coach.example.org";
const french = writeMail("reset", { to: "zoe@example.org", base, token: "abc123", language: "fr" });

test("a mail server gets the mail as it was written", async () => {
  smtp = await startSmtp();
  const mailSender = await openMail({ url: smtp.url, from: "Kuku Coach <kuku@example.org>" });
  await mailSender.send(french);
  const [mail] = smtp.delivered;
  expect(mail).toMatchObject({ from: "kuku@example.org", to: "zoe@example.org" });
  const [head = "", ...text] = (mail?.data ?? "").split("\n\n");
  expect(head).toContain("From: Kuku Coach <kuku@example.org>");
  expect(head).toContain("Subject: Un nouveau mot de passe pour Kuku Coach");
  expect(head).toContain("Auto-Submitted: auto-generated");
  expect(head).toMatch(/Content-Type: text\/plain; charset=utf-8/i);
  const written = decodeQuotedPrintable(text.join("\n\n"));
  expect(written).toContain(`${base}/sign-in.html#reset=abc123`);
  expect(written).toContain("valable une heure, une seule fois");
});

test("a mail server that turns the mail away is an error", async () => {
  smtp = await startSmtp({ refuse: true });
  const mailSender = await openMail({ url: smtp.url, from: "kuku@example.org" });
  await expect(mailSender.send(french)).rejects.toMatchObject({ code: "EENVELOPE", responseCode: 550 });
});

test("without a mail server mails are printed", async () => {
  let printed = "";
  const mail = printedMail((text) => {
    printed += text;
  });
  await mail.send(writeMail("verify", { to: "ann@example.org", base, token: "abc", language: "en" }));
  expect(printed).toContain("mail to ann@example.org: Confirm your address");
  expect(printed).toContain(`${base}/sign-in.html#verify=abc\n`);
});

test.each([
  ["fr", "fr"],
  ["fr-CH, fr;q=0.9", "fr"],
  ["de-DE,de;q=0.9,fr;q=0.5,en;q=0.4", "fr"],
  ["en-GB,fr;q=0.8", "en"],
  ["de", "en"],
  ["", "en"],
  [undefined, "en"],
])("who reads %s gets mails in %s", (header, language) => {
  expect(languageOf(header)).toBe(language);
});

function decodeQuotedPrintable(text: string): string {
  const bytes = text
    .replaceAll("=\n", "")
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
