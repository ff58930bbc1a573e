/** What to practise: going on where one stopped, four tiles, and the options behind "Adjust". */

import { interfaceLanguage, t } from "../messages/index.ts";
import { useAccount } from "../who.tsx";
import { Adjust } from "./adjust.tsx";
import { knowsMicrophone } from "./choices.ts";
import { DueRound } from "./due-round.tsx";
import { MicrophoneCheck } from "./microphone-check.tsx";
import { comesAlong, type PersonaView, titleOf } from "./personas.ts";
import { useModel } from "./use-model.ts";

export function Welcome() {
  const model = useModel();
  const account = useAccount();
  const { open, last } = model.state;
  // Without an account or a guest's leave there is nothing to choose from: the page says so in place of what it would offer.
  const shut = account !== undefined && !account.local && account.me === undefined;
  return (
    <section id="welcome">
      <h1>{t.title}</h1>
      {shut ? (
        <p id="sign-in-first">
          {t.signInFirst} <a href="/sign-in.html">{t.signIn}</a>
        </p>
      ) : (
        <>
          <DueRound />
          {open && <GoOn />}
          <Choose />
          {!knowsMicrophone() && <MicrophoneCheck />}
          {last !== undefined && (
            <p class="more">
              <a id="last-session" href={`/report.html?session=${encodeURIComponent(last)}`}>
                {t.lastSession}
              </a>
            </p>
          )}
        </>
      )}
      <ul class="facts">
        {t.facts.map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
    </section>
  );
}

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** How long ago, such as `10 minutes ago`. */
function ago(time: string): string {
  const ms = Date.now() - Date.parse(time);
  const [unit, length] = units.find(([, each]) => ms >= each) ?? ["minute", 60_000];
  const format = new Intl.RelativeTimeFormat(interfaceLanguage, { numeric: "auto" });
  return format.format(-Math.floor(ms / length), unit);
}

function GoOn() {
  const model = useModel();
  const { open, personas } = model.state;
  if (!open) return null;
  const persona = personas.find(({ id }) => id === open.persona);
  return (
    <section id="go-on" class="card" aria-labelledby="go-on-heading">
      <div>
        <h2 id="go-on-heading">{t.goOnHeading}</h2>
        <p class="quiet">{t.goOnAbout(persona ? titleOf(persona) : open.persona, ago(open.begunAt))}</p>
      </div>
      <div class="buttons">
        <button type="button" class="main" onClick={() => void model.goOn()}>
          {t.goOn}
        </button>
        <button type="button" onClick={() => void model.finishOpen()}>
          {t.finishIt}
        </button>
      </div>
    </section>
  );
}

const icons: Readonly<Record<PersonaView["flow"], string>> = {
  drill: "M4 5h7a2 2 0 0 1 2 2v12a2 2 0 0 0-2-2H4zM20 5h-7v14a2 2 0 0 1 2-2h5z",
  coaching: "M4 5h16v10H10l-4 4v-4H4z",
  interview: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zm-8 16c0-4 4-6 8-6s8 2 8 6z",
  rehearsal: "M4 4h16v11h-7l3 5h-2l-2-4-2 4H8l3-5H4z",
};

function Choose() {
  const model = useModel();
  const { personas } = model.state;
  return (
    <form
      id="choose"
      onSubmit={(event) => {
        event.preventDefault();
        void model.start();
      }}
    >
      <fieldset id="personas">
        <legend>{t.whatToPractise}</legend>
        {personas.map((persona) => (
          <Tile key={persona.id} persona={persona} />
        ))}
      </fieldset>
      <div id="start-bar">
        <button id="start" type="submit" class="main">
          {t.start}
        </button>
        <Adjust />
      </div>
    </form>
  );
}

function Tile({ persona }: { persona: PersonaView }) {
  const model = useModel();
  const { id, flow, own } = persona;
  return (
    <label>
      <input
        type="radio"
        name="persona"
        value={id}
        checked={model.persona?.id === id}
        // The name is read by itself, what it does after it.
        aria-labelledby={`title-${id}`}
        aria-describedby={`about-${id}`}
        onChange={() => model.choose({ persona: id })}
      />
      <span>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d={icons[flow]} />
        </svg>
        <b id={`title-${id}`}>
          {titleOf(persona)}
          {own && !comesAlong(persona) && <i> {t.yours}</i>}
        </b>
        <small id={`about-${id}`}>{t.flows[flow].about}</small>
      </span>
    </label>
  );
}
