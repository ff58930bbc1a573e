/** A session: the drill or the conversation, then its results. */

import { canHear } from "./adjust.tsx";
import { Care, Stages, WrapUp } from "./coaching.tsx";
import { Announcement, Conversation } from "./conversation.tsx";
import { Drill } from "./drill.tsx";
import { RoundResults, TalkResults } from "./results.tsx";
import { TypeForm } from "./type-form.tsx";
import { useModel } from "./use-model.ts";

export function Practice() {
  const model = useModel();
  const { partner, phase, turns, language, results, hasMicrophone, sessionId } = model.state;
  const isDrill = partner?.flow === "drill";
  const live = phase === "live";
  const { coaching } = turns;
  if (results) return <RoundResults results={results} />;
  return (
    <section id="practice">
      {partner?.flow === "coaching" && live && <Stages />}
      {isDrill && !coaching.report && turns.sentence !== undefined && <Drill />}
      <Conversation turns={turns} drill={isDrill} />
      {coaching.care && <Care care={coaching.care} language={language} />}
      {live && coaching.wrapUp === "proposed" && <WrapUp />}
      {coaching.report && sessionId !== undefined && <TalkResults report={coaching.report} />}
      {live && (!isDrill || !hasMicrophone) && <TypeForm />}
      {live && <Hears />}
      <Announcement turns={turns} />
    </section>
  );
}

/** What this server's ear can do. */
function Hears() {
  const { short, full } = canHear(useModel().state.transcriber);
  return (
    <details class="hears">
      <summary id="hears">{short}</summary>
      <p id="can-hear">{full}</p>
    </details>
  );
}
