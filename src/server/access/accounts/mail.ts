/** The way out for mails: an SMTP server, or, while there is none, the standard output. */
import type { AccessConfig } from "../../config/access-settings.ts";

/** A mail in plain text. */
export interface Mail {
  /** An address, as `z.email()` lets it through. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface MailSender {
  /** Resolves once the mail is somebody else's to deliver. @throws the mail server's error */
  send(mail: Mail): Promise<void>;
}

/** Time limits for a mail server to be reached, to greet, and to answer each line, ms. */
const timeouts = {
  connectionTimeout: 10_000,
  dnsTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 20_000,
};

/**
 * Opens the mail sender of the settings. Each mail has a connection of its own: they are few, and none is kept for
 * nothing.
 */
export async function openMail({ url, from }: AccessConfig["mail"]): Promise<MailSender> {
  return url === undefined ? printedMail(print) : smtpMail(url, from);
}

/** Mails that wait for a reader of the standard output, bytes; one beyond that is lost, as it would be with a stopped server. */
const mostPrintedBytes = 1024 * 1024;

function print(text: string): void {
  if (process.stdout.writableLength < mostPrintedBytes) process.stdout.write(text);
}

/** Prints mails for whoever develops: their links work. */
export function printedMail(print: (text: string) => void): MailSender {
  return {
    async send({ to, subject, text }) {
      print(`\n--- mail to ${to}: ${subject}\n${text}\n---\n`);
    },
  };
}

async function smtpMail(url: string, from: string): Promise<MailSender> {
  const { createTransport } = await import("nodemailer");
  const transport = createTransport({ url, ...timeouts, disableFileAccess: true, disableUrlAccess: true });
  return {
    async send({ to, subject, text }) {
      await transport.sendMail({
        from,
        to,
        subject,
        text,
        // Answering machines leave it alone.
        headers: { "Auto-Submitted": "auto-generated" },
      });
    },
  };
}
