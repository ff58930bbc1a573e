/** The practice page's state, and what may be done in it; views draw it and call it. */
import { AskError } from "../../src/client/report/kept.ts";
import { noTurns } from "../../src/client/turns.ts";
import { closeCodes } from "../../src/protocol/close-codes.ts";
import { wordsForClosing } from "../errors.ts";
import { t } from "../messages/index.ts";
import {
  type Choices,
  keepChoices,
  keepOpenSession,
  type OpenSession,
  readChoices,
  readOpenSession,
} from "./choices.ts";
import type { DrillKind, DrillRequest } from "./drill-choices.ts";
import { failureText, microphoneText } from "./failures.ts";
import { fittingLanguage } from "./languages.ts";
import { expectedPersonas, loadPersonas, type PersonaView, titleOf } from "./personas.ts";
import { type Practice, type PracticeCalls, startPractice } from "./practice.ts";
import { buzz, Presence } from "./presence.ts";
import { composeDrill, fetchResults, isBetweenSentences, type RoundResults, roundMs } from "./round.ts";
import { endSession, statusOf } from "./sessions.ts";
import type { Standing } from "./status.ts";
import { fittingVoice } from "./voices.ts";

export interface PracticeState extends Standing {
  readonly personas: readonly PersonaView[];
  readonly choices: Choices;
  /** Persona and language of the session, as chosen when it began. */
  readonly partner?: PersonaView | undefined;
  readonly language: string;
  readonly transcriber?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Exercises of the round, as composed; absent for a text of one's own, and a session that was gone on with. */
  readonly roundSize?: number | undefined;
  /** The drill's round is over, and its results are shown. */
  readonly results?: RoundResults | undefined;
  readonly notice?: { readonly text: string; readonly offer?: Offer | undefined } | undefined;
  /** A session to go on with. */
  readonly open?: OpenSession | undefined;
  /** The session before, to be looked at. */
  readonly last?: string | undefined;
}

/**
 * What a notice offers to do: connect again, start anew, keep a session from ending because nothing is said, or have the
 * sound back.
 */
export type Offer = "reconnect" | "anew" | "stay" | "resume";

/** Ends by a limit: there is no session left to connect to. */
const limitCodes: ReadonlySet<number> = new Set([
  closeCodes.sessionExpired.code,
  closeCodes.idleTimeout.code,
]);

/** The one model of a page. */
export class PracticeModel {
  #state: PracticeState;
  readonly #listeners = new Set<() => void>();
  /** Levels come fifty times a second, past the state. */
  onLevels: (who: "you" | "coach", level: number) => void = () => {};
  #practice: Practice | undefined;
  /** Grows with each start: what an earlier session still says is not listened to. */
  #generation = 0;
  #roundBegunAt = 0;
  readonly #presence = new Presence();
  /** What asks for each sound again that the system has taken away. */
  #resumes: (() => Promise<void>)[] = [];

  constructor() {
    const choices = readChoices();
    this.#state = {
      phase: "idle",
      away: false,
      talking: false,
      speaking: false,
      handsFree: choices.handsFree,
      hasMicrophone: true,
      turns: noTurns,
      personas: expectedPersonas,
      choices,
      language: "en-US",
    };
  }

  get state(): PracticeState {
    return this.#state;
  }

  get persona(): PersonaView | undefined {
    const { personas, choices } = this.#state;
    return personas.find(({ id }) => id === choices.persona) ?? personas[0];
  }

  get recordings() {
    return this.#practice?.recordings ?? this.#lastRecordings;
  }
  #lastRecordings: Practice["recordings"] | undefined;

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #set(change: Partial<PracticeState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  tell(text: string, offer?: Offer): void {
    this.#set({ notice: text === "" ? undefined : { text, offer } });
  }

  /** Does what the notice offers. */
  take(offer: Offer): void {
    const { partner, language } = this.#state;
    if (offer === "reconnect") void this.reconnect();
    if (offer === "anew" && partner) void this.#begin(partner, language);
    if (offer === "stay") this.#practice?.stay();
    if (offer === "resume") for (const resume of this.#resumes) resume().catch(() => {}); // the system has it still: the notice stays
  }

  // Before a session.

  async load(): Promise<void> {
    try {
      this.#set({ personas: await loadPersonas() });
      // The notice of a session that has begun meanwhile stays.
      if (this.#state.phase === "idle") this.tell("");
    } catch (error) {
      if (this.#state.phase === "idle") this.tell(failureText(error), "reconnect");
    }
    await this.#findOpenSession();
  }

  /** A session that was begun in this browser, and that the server still has open. */
  async #findOpenSession(): Promise<void> {
    const open = readOpenSession();
    if (!open || this.#state.phase !== "idle") return;
    try {
      if ((await statusOf(open.sessionId)) === "active") return this.#set({ open });
      keepOpenSession(undefined);
      this.#set({ last: open.sessionId });
    } catch (error) {
      if (error instanceof AskError && error.code !== "UNREACHABLE") keepOpenSession(undefined);
    }
  }

  choose(change: Partial<Choices>): void {
    const choices = { ...this.#state.choices, ...change };
    keepChoices(choices);
    this.#set({ choices });
  }

  /** Begins with whoever is chosen. */
  async start(): Promise<void> {
    await this.#beginAnew(this.persona);
  }

  async #beginAnew(partner: PersonaView | undefined): Promise<void> {
    if (!partner || this.#state.phase === "connecting") return;
    this.#abandon(this.#state.open);
    await this.#begin(partner, fittingLanguage(partner, this.#state.choices.language));
  }

  /** Begins a round of this kind that the server composes of what is due again, weak and new. */
  async startDue(kind: DrillKind): Promise<void> {
    const reader = this.#state.personas.find(({ flow }) => flow === "drill");
    if (!reader || this.#state.phase === "connecting") return;
    this.choose({ persona: reader.id, kind, focus: "", level: undefined, ownText: "" });
    await this.#beginAnew(reader);
  }

  /** Goes on with the session of before the page was left. */
  async goOn(): Promise<void> {
    const { open, personas } = this.#state;
    const partner = personas.find(({ id }) => id === open?.persona) ?? this.persona;
    if (open && partner) await this.#begin(partner, open.language, { sessionId: open.sessionId });
  }

  /** Ends the session of before the page was left, for its report to be read. */
  async finishOpen(): Promise<void> {
    const { open } = this.#state;
    this.#abandon(open);
    this.#set({ last: open?.sessionId });
  }

  #abandon(open: OpenSession | undefined): void {
    if (open) void endSession(open.sessionId);
    keepOpenSession(undefined);
    this.#set({ open: undefined });
  }

  /** Connects again: to the same session where the server has it still; one that has ended is said to have. */
  async reconnect(): Promise<void> {
    const { partner, sessionId, language } = this.#state;
    if (!partner) return this.load();
    if (sessionId === undefined) return this.#begin(partner, language);
    const mine = this.#generation;
    const status = await statusOf(sessionId).catch(() => undefined);
    if (mine !== this.#generation) return;
    if (status === undefined) return this.#begin(partner, language);
    if (status !== "active") return this.tell(t.notice.gone, "anew");
    await this.#begin(partner, language, { sessionId });
  }

  async #begin(
    partner: PersonaView,
    language: string,
    { sessionId, drill: wanted }: { sessionId?: string; drill?: DrillRequest } = {},
  ): Promise<void> {
    const mine = ++this.#generation;
    this.#practice?.end();
    this.#practice = undefined;
    const isSame = sessionId !== undefined && sessionId === this.#state.sessionId;
    this.#roundBegunAt = performance.now();
    this.#set({
      phase: "connecting",
      partner,
      language,
      sessionId,
      turns: isSame ? this.#state.turns : noTurns,
      speaking: false,
      talking: false,
      away: false,
      hasMicrophone: true,
      results: undefined,
      roundSize: undefined,
      notice: undefined,
      open: undefined,
    });
    const url = `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/v1/realtime`;
    const { handsFree, choices } = this.#state;
    try {
      const composes = partner.flow === "drill" && sessionId === undefined;
      const [drill, voice] = await Promise.all([
        composes ? (wanted ?? composeDrill(choices, language)) : undefined,
        fittingVoice(choices.voice, language),
      ]);
      if (mine !== this.#generation) return;
      const opened = await startPractice({
        ...this.#callsOf(mine),
        url,
        persona: partner.id,
        language,
        handsFree,
        voice,
        speed: choices.speed,
        microphone: choices.microphone,
        ...(sessionId !== undefined && { sessionId }),
        ...(drill && { drill }),
      });
      if (mine !== this.#generation) return opened.end();
      this.#set({ roundSize: drill?.round?.length });
      this.#begun(opened, partner, language);
    } catch (error) {
      if (mine === this.#generation) this.#close(failureText(error), "reconnect");
    }
  }

  #begun(opened: Practice, partner: PersonaView, language: string): void {
    this.#practice = opened;
    this.#lastRecordings = opened.recordings;
    const { sessionId, transcriber } = opened;
    keepOpenSession({ sessionId, persona: partner.id, language, begunAt: new Date().toISOString() });
    this.#presence.begin(titleOf(partner), () => this.hush());
    this.#set({ phase: "live", sessionId, transcriber });
  }

  // A session's events; those of one that is no longer the present one are ignored.

  #callsOf(mine: number): PracticeCalls {
    const ifCurrent =
      <A extends unknown[]>(act: (...args: A) => void) =>
      (...args: A) => {
        if (mine === this.#generation) act(...args);
      };
    return {
      onTurns: ifCurrent((turns) => {
        this.#set({ turns });
        this.#endRoundWhenDone();
      }),
      onSpeaking: ifCurrent((speaking) => {
        if (this.#state.speaking === speaking) return;
        this.#set({ speaking });
        this.#endRoundWhenDone();
      }),
      onYourLevel: (level) => this.onLevels("you", this.#state.handsFree || this.#state.talking ? level : 0),
      onCoachLevel: (level) => this.onLevels("coach", level),
      onNoMicrophone: ifCurrent((error) => {
        this.#set({ hasMicrophone: false });
        this.tell(`${microphoneText(error)} ${t.notice.goesOnWithout}`);
      }),
      onMicrophone: ifCurrent(() => {
        this.#set({ hasMicrophone: true });
        this.tell(t.notice.microphoneReplaced);
      }),
      onInterrupted: ifCurrent((resume) => this.#interrupt(resume)),
      onResumed: ifCurrent(() => this.#goOnSounding()),
      onTrouble: ifCurrent((message) => this.tell(message)),
      onEnding: ifCurrent((code) =>
        code === "session_idle" ? this.tell(t.notice.idle, "stay") : this.tell(t.notice.expiring),
      ),
      onActivity: ifCurrent(() => {
        if (this.#state.notice?.offer !== "stay") return;
        if (this.#resumes.length > 0) this.tell(t.notice.interrupted, "resume");
        else this.tell("");
      }),
      onConnection: ifCurrent((state) => {
        const away = state === "reconnecting";
        if (away === this.#state.away) return;
        this.#set({ away });
        this.tell(away ? t.notice.lost : "");
      }),
      onClosed: ifCurrent((closing) => {
        if (this.#state.phase === "ending") return;
        // With its report in sight nothing more need be said of the end.
        const ended = closing.code === 1000 && this.#state.turns.coaching.report !== undefined;
        if (closing.code === 1000) keepOpenSession(undefined);
        const again = closing.retry !== "no" || closing.code === 1006 ? "reconnect" : undefined;
        this.#close(ended ? "" : wordsForClosing(closing), limitCodes.has(closing.code) ? "anew" : again);
      }),
    };
  }

  /** Microphone and speaker may both be taken away; each is asked for again. */
  #interrupt(resume: () => Promise<void>): void {
    this.#resumes.push(resume);
    if (this.#state.talking) this.stopTalking();
    this.tell(t.notice.interrupted, "resume");
  }

  #goOnSounding(): void {
    this.#resumes.pop();
    if (this.#resumes.length === 0 && this.#state.notice?.offer === "resume") this.tell("");
  }

  #close(message: string, offer?: Offer): void {
    this.#presence.end();
    this.#resumes = [];
    this.#practice = undefined;
    this.#set({ phase: "closed", speaking: false, talking: false, away: false });
    this.onLevels("you", 0);
    this.onLevels("coach", 0);
    this.tell(message, offer);
  }

  // In a session.

  get canTalk(): boolean {
    const { phase, handsFree, hasMicrophone } = this.#state;
    return phase === "live" && !handsFree && hasMicrophone;
  }

  talk(): void {
    buzz();
    this.#set({ talking: true, notice: undefined });
    this.#practice?.talk();
  }

  stopTalking(): void {
    buzz();
    this.#set({ talking: false });
    this.#practice?.stopTalking();
  }

  setHandsFree(handsFree: boolean): void {
    this.choose({ handsFree });
    this.#set({ handsFree });
    this.#practice?.setHandsFree(handsFree);
  }

  /** Stops the coach, without a turn. */
  hush(): void {
    if (this.#state.speaking) this.#practice?.hush();
  }

  command(name: "repeat" | "next"): void {
    this.#practice?.command(name);
  }

  say(text: string): void {
    this.#practice?.say(text);
  }

  correct(itemId: string, transcript: string): void {
    this.#practice?.correct(itemId, transcript);
  }

  answer(words: string): void {
    this.#practice?.answer(words);
  }

  /** Changes the drill under way to what is chosen. */
  async changeDrill(): Promise<void> {
    const { choices, language } = this.#state;
    const practice = this.#practice;
    try {
      const drill = await composeDrill(choices, language);
      if (practice !== this.#practice) return;
      this.#roundBegunAt = performance.now();
      practice?.setDrill(drill);
      this.#set({ roundSize: drill.round?.length });
    } catch (error) {
      this.tell(failureText(error));
    }
  }

  // The end.

  #endRoundWhenDone(): void {
    const { partner, turns, phase, speaking, results } = this.#state;
    if (partner?.flow !== "drill" || phase !== "live" || results) return;
    const late = performance.now() - this.#roundBegunAt > roundMs && isBetweenSentences(turns);
    if (!turns.round?.finished && !late) return;
    // The coach is heard out.
    const said = turns.turns.at(-1)?.reply;
    if (!speaking && said?.doneAt !== undefined) void this.end();
  }

  /** Ends the session; its results are shown, or what it was about where nothing was said. */
  async end(): Promise<void> {
    const { phase, sessionId, turns, partner } = this.#state;
    if (phase === "closed") return this.leave();
    const spoke = turns.turns.some((turn) => turn.utterance);
    if (phase !== "live" || !spoke || sessionId === undefined) return this.leave();
    this.#set({ phase: "ending", talking: false, notice: undefined });
    const mine = this.#generation;
    // While the socket is there: the report comes over it.
    const ended = await endSession(sessionId);
    if (mine !== this.#generation) return;
    this.#practice?.end();
    keepOpenSession(undefined);
    if (partner?.flow === "drill") return this.#showResults(sessionId);
    this.#close("");
    const summary = ended?.summary ?? "";
    if (!this.#state.turns.coaching.report && summary !== "") this.#keepReport(summary);
  }

  #keepReport(text: string): void {
    const { turns } = this.#state;
    const report = {
      type: "coach.report" as const,
      event_id: "",
      text,
      insights: [],
      actions: [],
      quotes: [],
    };
    this.#set({ turns: { ...turns, coaching: { ...turns.coaching, report } } });
  }

  async #showResults(sessionId: string): Promise<void> {
    const mine = this.#generation;
    try {
      const results = await fetchResults(sessionId);
      if (mine !== this.#generation) return;
      this.#close("");
      this.#set({ results });
    } catch (error) {
      if (mine === this.#generation) this.#close(failureText(error));
    }
  }

  /** Another round of the same, or of one sentence. */
  async again(ownText?: string): Promise<void> {
    const { partner, language } = this.#state;
    if (!partner) return;
    await this.#begin(
      partner,
      language,
      ownText === undefined ? {} : { drill: { kind: "sentence", text: ownText } },
    );
  }

  /** Back to the first view; a session under way is left to its end. */
  leave(): void {
    this.#generation++;
    const { turns, sessionId, phase } = this.#state;
    const spoke = sessionId !== undefined && turns.turns.some((turn) => turn.utterance);
    const practice = this.#practice;
    this.#presence.end();
    this.#resumes = [];
    practice?.hush();
    if (phase === "live" && sessionId !== undefined)
      // A socket that closes may come back, and so would the session, which its user means to end.
      void endSession(sessionId).then(() => practice?.end());
    else practice?.end();
    this.#practice = undefined;
    keepOpenSession(undefined);
    this.#set({
      phase: "idle",
      turns: noTurns,
      away: false,
      talking: false,
      speaking: false,
      results: undefined,
      notice: undefined,
      ...(spoke && { last: sessionId }),
    });
  }
}
