/** A session to take away: shared or downloaded as a file, printed, its words copied. */
import texts from "kuku:languages/report";
import { useState } from "preact/hooks";
import { readKept } from "../../src/client/report/kept.ts";
import { reportPage } from "../../src/client/report/report-page.ts";
import { askHere } from "../ask.ts";
import { interfaceLanguage, t } from "../messages/index.ts";
import { chosenTexts } from "../messages/language.ts";
import { failureText } from "./failures.ts";

const reportAddress = (sessionId: string) => `/report.html?session=${encodeURIComponent(sessionId)}`;

const timeOfDay = new Intl.DateTimeFormat(interfaceLanguage, { timeStyle: "medium" });

interface TakeAwayProps {
  readonly sessionId: string;
  /** There is a report. */
  readonly ended: boolean;
}

/** Beside the results of a session. */
export function TakeAway(props: TakeAwayProps) {
  return (
    <div class="take-away">
      <p>
        <a id="report-link" href={reportAddress(props.sessionId)}>
          {t.results.wholeReport}
        </a>
      </p>
      <TakeAwayButtons {...props} />
    </div>
  );
}

export function TakeAwayButtons({ sessionId, ended }: TakeAwayProps) {
  const [said, setSaid] = useState("");
  const attempt = (work: () => Promise<string>) =>
    void work().then(setSaid, (error: unknown) => setSaid(failureText(error)));
  return (
    <>
      <p class="buttons">
        {ended && (
          <button type="button" class="small" onClick={() => attempt(() => shareReport(sessionId))}>
            {t.results.share}
          </button>
        )}
        <button type="button" class="small" onClick={() => attempt(() => copyTranscript(sessionId))}>
          {t.results.copy}
        </button>
        <button type="button" class="small" onClick={() => window.print()}>
          {t.results.print}
        </button>
      </p>
      <p role="status" class="quiet">
        {said}
      </p>
    </>
  );
}

/** Hands the report's page to another program, or downloads it. @throws AskError */
async function shareReport(sessionId: string): Promise<string> {
  const kept = await readKept(askHere, sessionId);
  const name = `kuku-${kept.session.createdAt.slice(0, 10)}.html`;
  const file = new File([reportPage(kept, chosenTexts(texts))], name, { type: "text/html" });
  if (navigator.canShare?.({ files: [file] })) {
    try {
      await navigator.share({ files: [file], title: "Kuku Coach" });
      return "";
    } catch (error) {
      // Closed without sharing; anything else leaves the file to be downloaded.
      if (error instanceof DOMException && error.name === "AbortError") return "";
    }
  }
  download(file);
  return t.results.downloaded(name);
}

/** Copies what was said, who and when; where the browser does not let, it is downloaded. @throws AskError */
async function copyTranscript(sessionId: string): Promise<string> {
  const { messages } = await readKept(askHere, sessionId);
  const lines = messages.map(({ sender, text, timestamp }) => {
    const who = sender === "ai" ? t.talk.coach : t.talk.you;
    return `[${timeOfDay.format(new Date(timestamp))}] ${who}: ${text === "" ? t.talk.unclear : text}`;
  });
  const text = `${lines.join("\n")}\n`;
  try {
    await navigator.clipboard.writeText(text);
    return t.results.copied;
  } catch {
    const name = "kuku-transcript.txt";
    download(new File([text], name, { type: "text/plain" }));
    return t.results.downloaded(name);
  }
}

function download(file: File): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
