/**
 * Sentences for the reader's evaluation, each with what may go wrong in it:
 * `word=other` a similar word instead · `word~other` one sound of it said as learners do · `word-` left out · `+word`
 * added before the next one.
 */
import { createHash } from "node:crypto";

const lines = `
The quick brown- fox=box~vox jumps over the +very lazy~racy dog=log
Please bring=ring the red~led book- to the +very small table=cable
My sister=blister likes- to walk=talk~vawk along the +sandy beach=peach every morning
A cold wind=wine blew- through the +big open window=widow~vindow all night=light
He put=cut the heavy- box=fox under the +old wooden=golden bed=bread~bet
They~day will meet=eat us at- the +main station=nation after lunch=bunch
The children=chicken played=stayed~prayed in the garden=pardon +quietly until- dark=bark
I would like=bike~rike a cup- of +very hot~ought tea=key with milk=silk
Can you tell=sell me the way=day~vay to- the +next nearest bank=tank
The train=rain to +north London leaves~lives at- nine=mine in the morning=warning
We need=feed~knit +some more time- to finish=fish this~dis work=word
Never- put=cut off until tomorrow=borrow what~vat you +really can do today
Our neighbor=labor has a very~berry friendly- dog=frog and a +white cat=hat
You should=could drink=think~dlink more +clean water- every day=way
My brother=mother~brudder drives- a +new blue=glue truck=duck to work
Every evening=morning the +very old- man=van~men feeds=reads the ducks=trucks
The bright=right~blight yellow- sun=sum melted=belted the +fresh snow=show
Two large- bears=pears slept=kept~srept in the dark=park +empty cave=cage
I forgot- to lock=knock~rock the +big front=fruit door=floor last night=knight
We took=cook the early- bus=boss into the +old city=pity~silly
Her voice=choice~boys was +so soft=loft and- calm=palm
The baker=maker~beaker makes fresh- bread=thread before +every sunrise=surprise
Please speak=sneak slowly=lonely~srowly and +very clearly- today
That green=queen~grin jacket- looks=books +so good on you
The ship=chip~sheep sailed- across the +wide rough=tough ocean=motion
Do not touch=much the +fresh wet~vet paint=saint on- the wall=ball
He counted=mounted every- single=jingle~shingle star=car in the +dark sky=spy
A bitter=better wind came- down from the +tall mountain=fountain~mounting
Many people=purple enjoy- reading=leading~weeding +books in the park=bark
Thank~tank you for- coming=humming to our +little party=pastry
I think~sink the +whole answer- is on page=cage seven=heaven
Three~free little- birds=words sat=hat on the +old fence=tents
She=he~see sells +only fresh- fish=dish by the shore=store
The river=silver~liver runs- under the +old stone=phone bridge=fridge
Both~boat of +the girls=curls wore- warm=storm gloves=doves
We live~leave in a +very quiet- house=mouse near the lake=cake
His~heese father=farther reads- a +good story=glory before bed=bread
It rained=trained~lained all- day=gray and the +whole road=toad was wet
The teacher=preacher asked- a +very hard=card~heart question=suggestion
Bring your coat=boat and +warm shoes=chews~sues because- it is cold=gold
The bag~beg on- the +top shelf=self is full=pull of rice=ice
I will call=fall you +again when- the plane=train lands~rands
This~dis house=horse has- seven=eleven rooms=brooms and +just one kitchen=chicken
My grandmother~glandmother bakes=takes +sweet apple- pies=ties on Sunday=someday
Please close=clothes~crows the +big window- before you leave=sleep
The farmer=former has- four~poor sheep=sleep and +only one goat=coat
They bought=brought a +nice used- car=card in the village=marriage~willage
Turn left=lift~reft at- the +second light=night near the church=search
The weather=feather~wedder will be- fine=wine on +this Friday=fighting
A small boy=toy lost- his +new hat~at in the street=tree
Could you lend=send me a +little pen=pan~ben and some- paper=pepper
The old clock=block on- the +white wall=ball is slow=snow~srow
She always=hallways drinks=drives coffee~copy- without +any sugar=shoulder
He sat~set on the +hard chair=stair and- closed=chose his eyes=ice
The plane=plan was- late~rate because of the +bad storm=form
I need=feed a room=broom~loom for +just two nights- in June=tune
The cat=hat jumped=dumped on- the +soft warm=storm~vorm bed
Some people=purple never- learn=burn to swim=slim~sweem +at all
The meeting=beating starts=stars at ten=pen~den and +usually ends- at noon=moon
Put- the glass=class~grass on the +low table=label beside the lamp=camp
Our team=dream~tim won the- last=fast game=name by +only one point=pint
It is not easy=busy to find~fined- a +good job=shop~chop here
The doctor=daughter gave- me some +new pills=bills~peels for my back=bag
You can see=sea~she the- sea from the +very top=shop of the hill=bill~ill
`;

/** A word of a sentence and what may become of it. */
export interface Word {
  readonly word: string;
  readonly others: readonly string[];
  readonly slips: readonly string[];
  readonly omissible: boolean;
  /** May be said before it without being there. */
  readonly added?: string;
}

export interface Sentence {
  readonly text: string;
  readonly words: readonly Word[];
  /** Margins are set on the one half, and judged on the other. */
  readonly half: "tuning" | "judging";
}

/** A number from 0 to 2³² − 1 that depends on the text alone. */
export const hashOf = (text: string): number => createHash("sha256").update(text).digest().readUInt32BE();

/** All sentences, the halves split by a hash of the text. */
export const sentences: readonly Sentence[] = lines.trim().split("\n").map(readLine);

function readLine(line: string): Sentence {
  const words: Word[] = [];
  let added: string | undefined;
  for (const token of line.split(" ")) {
    if (token.startsWith("+")) {
      added = token.slice(1);
      continue;
    }
    const marks = [...token.matchAll(/([=~])([^=~-]+)/g)];
    const of = (mark: string) => marks.flatMap(([, kind, other]) => (kind === mark && other ? [other] : []));
    words.push({
      word: token.match(/^[^=~-]+/)?.[0] ?? "",
      others: of("="),
      slips: of("~"),
      omissible: token.endsWith("-"),
      ...(added !== undefined && { added }),
    });
    added = undefined;
  }
  const text = `${words.map(({ word }) => word).join(" ")}.`;
  return { text, words, half: hashOf(text) % 2 === 0 ? "tuning" : "judging" };
}
