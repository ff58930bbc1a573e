/** Mails of accounts: written in the context of the request that causes them, sent after its answer. */
import type { BackgroundQueue } from "./background-queue.ts";
import type { MailSender } from "./mail.ts";
import { linkTo, type Occasion, writeMail } from "./mail-texts.ts";
import { requestContext } from "./request-context.ts";

/** Writes and queues a mail. @throws Error outside of a request */
export type SendAccountMail = (occasion: Occasion, email: string, token?: string) => void;

export function openAccountMails(sender: MailSender, queue: BackgroundQueue): SendAccountMail {
  return (occasion, email, token) => {
    const context = requestContext.getStore();
    if (!context) throw new Error("mail outside of a request");
    const { base, language, onLink } = context;
    if (onLink) return onLink(linkTo(base, occasion, token));
    const mail = writeMail(occasion, { to: email, base, language, token });
    queue.run(`${occasion} mail`, () => sender.send(mail));
  };
}
