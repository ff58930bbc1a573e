/** The patterns that the flow finds in English words. */
import type { LanguagePatterns } from "./patterns.ts";

const number =
  "(?:\\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|a few|a couple of|a|an)";
const hour = "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)";
const day = "(?:mon|tues|wednes|thurs|fri|satur|sun)days?";
const partOfDay = "(?:morning|afternoon|evening|night|noon|lunch(?:time)?)";
const since = "(?:(?:starting |beginning )?(?:by|on|before|until|from|since)|starting|beginning|as of)";
const clock = `(?:half past |quarter (?:past|to) )?(?:\\d+(?: \\d\\d)?|noon|midnight|${hour})(?: o'clock| thirty| fifteen)?(?: (?:am|pm|a m|p m))?`;
const period = "(?:day|week|weekend|month|year|quarter)";
const talk = "(?:session|conversation|talk|call|coaching|chat)";
/** Words that may follow "end", "stop" or "finish" when the conversation is to end. */
const here = `(?=$| (?:here|now|there|then|today|please|soon|kuku|for (?:today|now|me)|(?:the|this|our) ${talk})\\b)`;
const wanting =
  "(?:let's|let us|can we|could we|can you|could you|shall we|should we|we can|we could|we should|i'd like to|i would like to|i want to|i wanna|i need to|i have to|i've got to|i'm ready to|time to|please)";

export const english: LanguagePatterns = {
  language: "en",
  stopWords: new Set(
    (
      "a an and are am as at be been being but by can could did do does doing done for from had has have having he her " +
      "hers him his how i if in into is it its just let ll lets may me might mine my not of off on one or our ours out " +
      "over re really s shall she should so some such t than that the their theirs them then there these they this those " +
      "to too up us ve very was we were what when where which while who whom why will with would you your yours m d " +
      "about also gonna going go get got want like maybe perhaps something thing things yes yeah no well okay ok know think definitely absolutely sure promise deal"
    ).split(" "),
  ),
  numbers: {
    one: 1,
    two: 2,
    three: 3,
    four: 4,
    five: 5,
    six: 6,
    seven: 7,
    eight: 8,
    nine: 9,
    ten: 10,
    eleven: 11,
    twelve: 12,
    fifteen: 15,
    twenty: 20,
    thirty: 30,
  },
  clauseBreak: / (?:but|however|though|although|instead|then|so|and(?= (?:i|i'll|i'm|we|then) )) /g,
  negation:
    /\b(?:not|never|cannot|no longer|refuse to|(?:wo|ca|do|does|did|is|was|are|were|would|should|could|have|has)n't)\b/,
  withdrawal:
    /\b(?:won't|will not|i'm not going to|i am not going to|not gonna|i don't want to|i'd rather not|i've decided not to|i decided not to)\b/,
  hedge: /\b(?:could|might|may|maybe|perhaps|possibly|should|would|wish|if i)\b/,
  assent: /\b(?:i will|i'll|let's do|i'm going to|i commit|i promise|deal|decided)\b/,
  commitment: [
    /^(?<lead>.*?)\b(?:i will|i'll|i'm going to|i am going to|i'm gonna|i commit to|i promise to|i've decided to|i have decided to|i decided to|i plan to|i intend to) (?<deed>.+)$/,
  ],
  doubtfulLead:
    /\b(?:not|never|don't|doesn't|can't|if|what|how|whether|where|who|why|unless|afraid|worr(?:y|ied)|scared|maybe|perhaps|might|said|says)\b/,
  notADeed:
    /^(?:be|have (?:to|no|been|had)|not|never|see|say|think|miss|lose|fail|die|forget|always|end up|need|feel|get (?:fired|tired|stuck|nervous|angry|sick)|know|admit|tell you|ask you|answer|like|love|probably|maybe|perhaps|possibly|do (?:it|that|this)|try$|stay|happen)\b/,
  condition: /^(?:and |but |or |well )*(?:if|unless|in case|as long as|provided)\b/,
  consequence: /(?:^|[.!?…]\s+)then\s+$/i,
  dangling:
    /(?:^| )(?:at|on|by|until|from|in|to|for|with|of|the|a|an|since|before|after|starting|beginning|this|next|every|each|and|or)$/,
  reason: / (?:because|cause|since|so that|unless|although|even if|if) .*$/,
  nameDeed: (deed) =>
    deed
      .replace(/^(?:(?:definitely|also|then|just|really|now|finally|go and|go ahead and) )+/, "")
      .replace(/^(?=(?:the|my|a) )/, "go to "),
  when: new RegExp(
    [
      `(?:first thing )?(?:${since} )?tomorrow(?: ${partOfDay})?`,
      `(?:${since} )?(?:this|next) (?:${partOfDay}|${period}|${day})(?: ${partOfDay})?`,
      `(?:(?:${since}|every|each) )?(?:this |next )?${day}(?: ${partOfDay})?`,
      `in the (?:morning|afternoon|evening)s?|at night|at the weekend|(?:from )now on`,
      `(?:by|before|at) the end of (?:the|this|next) ${period}`,
      `every (?:single )?(?:other )?(?:${period}|${partOfDay})`,
      `(?:within|in) ${number} (?:minutes?|hours?|days?|weeks?|months?)`,
      `(?:right |straight )?after (?:work|lunch|dinner|breakfast|school|this(?: ${talk})?|the (?:meeting|call|weekend))`,
      `(?:once|twice|${number} times) a (?:day|week|month)`,
      "today|tonight|right away|right now|first thing",
      `at ${clock}`,
      // "From one to ten" and "before ten people" are no times.
      `(?:by|until|before|from) ${clock}(?=$| (?:on|from|every|this|next|tomorrow|today|starting|in the)\\b)`,
    ]
      .map((way) => `\\b(?:${way})\\b`)
      .join("|"),
    "g",
  ),
  namedGoal:
    /\b(?:(?:my|the) (?:goal|aim|target|objective) (?:is|would be|for today is)(?: to| that)?|by the end of (?:this|it|today|the (?:talk|session|hour)) i(?:'d like| would like| want| hope)(?: to)?) (?<deed>.+)$/,
  wish: /\bi(?:'d| would|'m)?(?: just| really| only| also)? (?:want to|like to|wanna|hope to|wish to|trying to|want) (?<deed>.+)$/,
  notAGoal:
    /^(?:talk|think|discuss|speak|say|tell|ask|chat|know (?:if|whether|why|how you)|go on|continue|stop|end|wrap|finish (?:here|now)|start|begin|something|it|that|this|you|out|more time)\b/,
  idea: /\b(?:(?:i|we) (?:could|might)|(?:maybe|perhaps) (?:i|we)|(?:one|another|an) (?:idea|option|possibility))\b/,
  alternative: /^or\b/,
  notAnIdea:
    /\b(?:was|were|did|had|been|is|are|am|it's|that's|there's|i'm|don't|doesn't|didn't|haven't|know|sure|see|might|would|the (?:first|second|third|last) one|out of (?:ten|10))\b|^(?:i told|well|yes|no|hmm)\b(?: \w+){0,2}$/,
  matters: {
    tried:
      /\b(?:i|we)(?:'ve| have| am|'m)?(?: already| also| once)? (?:tried|attempted|applied)\b|^tried\b|\bi(?:'ve| have) (?:started|stopped|begun)\b|\bnothing (?:i|we)(?:'ve)? tried\b/,
    obstacle:
      /\b(?:(?:gets?|getting|is|are|stands?|standing) in (?:the|my|our) way|(?:stopping|stops|blocks|blocking|holding|holds|keeps) (?:me|us)\b|the (?:problem|trouble|difficulty|hard part|hardest part) is|i'm (?:scared|afraid) (?:of|that|to)|(?:might|could|may) go wrong)\b/,
    now: /\b(?:right now|at the moment|currently|these days|at present|nowadays|every (?:single )?(?:day|night|evening|morning|week)|all (?:the )?day)\b|^now (?:i|we|it|he|she|they)\b/,
    people:
      /\b(?:my (?:boss|chief|manager|wife|husband|partner|girlfriend|boyfriend|mother|mum|mom|father|dad|brother|sister|son|daughter|children|kids|family|friends?|best friend|colleagues?|team|neighbou?rs?|flatmate|flatmates|doctor)|nobody|no one|everybody|everyone|just me|on my own)\b/,
    sure: /\b(?:out of (?:ten|10)|(?:pretty|very|quite|totally|fairly|not so|not very) sure|per ?cent|i think it is possible)\b|^(?:a |an |maybe |about )*(?:\d|10|one|two|three|four|five|six|seven|eight|nine|ten)$/,
  },
  filler:
    /^(?:(?:um+|uh+|er+|hm+|mm+|oh|ah|well|so|okay|ok|right|alright|yeah|yes|no|hi|hello|hey|like|you know|i mean|i guess|honestly|actually|anyway|anyhow|kuku|good (?:morning|evening|afternoon)|where do i start|let me think|let me see) ?)+$/,
  insight:
    /\b(?:i(?:'ve)?(?: just| now)? (?:realiz|realis)ed?|i(?: just| now)? (?:notice|see|understand)(?: now)? (?:that|how|why|what|now)|it(?:'s| is)(?: now)? clear (?:to me|now|that)|now i (?:see|understand|know|get)|i(?:'ve)? (?:just )?(?:learned|learnt|discovered|understood) (?:that|how|why)?|that's (?:new|an insight)|i never (?:thought|saw|noticed|realized|realised))\b/,
  noContent:
    /^(?:(?:um|uh|er|well|hmm|oh|no|and|but|so|i guess|honestly) )*(?:i (?:do not|don't|really don't) know|don't know|dunno|no idea|not sure|i'm not sure|you tell me|what do you think|just tell me|nothing|whatever|idk)\b/,
  ending: {
    ask: [
      new RegExp(`\\bwrap(?: this| it| things)? up(?: and (?:sum|finish|end|close)|${here})`),
      new RegExp(
        `\\b${wanting} (?:stop|end|finish|close|conclude|summari[sz]e|sum up)(?: it| this| things)?${here}`,
      ),
      new RegExp(
        `\\b(?:end|stop|finish|close|conclude|summari[sz]e|sum up) (?:the|this|our) ${talk}\\b(?! (?:about|with|between))`,
      ),
      /^(?:please )?(?:stop|finish|end|conclude|summari[sz]e|sum up|summary)(?: here| now| please| it up)*$/,
      /\b(?:summari[sz]e|sum up) (?:what we|please|for me|our|everything)\b/,
      /\b(?:give me|make|write|can i have|i'd like) (?:a|the|my) (?:summary|report)\b/,
      /\b(?:that's|that is|that'll be|this is) (?:all|it|enough) for (?:today|now|me)\b/,
      /^(?:ok |okay |well |so |i think |no )*(?:that's (?:all|it|enough)|i'm (?:done|finished)|we're (?:done|finished))(?: here| now| thanks| thank you)*$/,
      /\bi(?: really| think i)? (?:have to|need to|must|should|gotta|got to|'ve got to) (?:go|leave|run|stop)(?: now| soon| please| sorry)*$/,
      /\b(?:call it a day|leave it (?:here|there|at that))\b/,
      /^(?:\S+ ){0,5}(?:good ?bye|bye(?: bye)?)(?: kuku)?$/,
    ],
    yes: /^(?:(?:um|uh|well|oh|mm|hmm|ah) )*(?:yes|yeah|yep|yup|sure|ok|okay|alright|all right|absolutely|definitely|certainly|of course|let's|sounds (?:good|great|fine)|that(?:'s| is| sounds| would be)(?: fine| good| great| okay| ok| perfect)|please do|go ahead|i think so|i agree|agreed|perfect|great|good idea|fine|please|why not|gladly|correct|exactly|do it|end it|you (?:can|may)|i (?:guess|believe) so|i'd say yes|that would be nice|i'm (?:done|ready|finished)|we're done|we can)\b/,
    withYes:
      /\b(?:yes|yeah|yep|yup|sure|ok|okay|alright|all right|absolutely|definitely|certainly|of course|sounds (?:good|great|fine)(?: to me)?|(?:that|it)(?:'s| is| was| sounds| would be)(?: very| really| so| all)* (?:fine|good|great|okay|ok|perfect|helpful|useful|right|lovely|all|it|enough)(?: (?:by|with|for|to) me| for (?:today|now))?|please(?: do)?|go ahead|i (?:think|believe|guess) so|i(?: do)? agree|agreed|perfect|great|good(?: idea)?|fine|why not|gladly|i(?:'m| am)(?: all)? (?:done|ready|finished|happy with (?:that|this))|we(?:'re| are) (?:done|finished)|let's(?: do (?:that|it|this|so))?|let us(?: do (?:that|it))?|we (?:can|could|should)|i (?:think|believe)|(?:wrap|sum)(?: this| it| things)? up|summari[sz]e|(?:end|stop|finish|close|conclude)(?: it| this)?|here|there|now|then|today|for (?:today|now)|the (?:session|conversation|talk)|(?:thank you|thanks)\b.*|kuku|i (?:have|got) everything(?: i need)?|i feel (?:ready|good|fine|better)|(?:that |it )?works(?: for me)?|correct|exactly|one hundred percent|i'd say|nice|would be|um|uh|well|oh|mm|hmm|ah|and|so|do that|do it|i'd like (?:that|to)|i would like (?:that|to)|to|you can|you may|it|this|that)\b/g,
    reservation:
      /\b(?:but|not|n't|[a-z]+n't|no|wait|another|else|also|still|more|first|before|maybe|perhaps|however|except|until|yet|later|almost|question|what|how|why|who|whose|which|where|when|longer|continue|keep going|go on|talk about|one thing|although|if)\b/,
    no: /^(?:(?:um|uh|well|oh|mm|hmm|ah|actually|i think|i'd say|sorry) )*(?:no|nope|nah|not (?:yet|now|really|quite|today)|never|wait|hold on|just a (?:second|moment|minute|sec)|i don't think (?:so|we)|i(?:'m| am) not (?:done|finished|ready)|i(?: still)?(?:'d like| would like| want| need| prefer|'d prefer| would prefer|'d rather| would rather)(?: still)? to (?:continue|go on|keep|carry on|talk|add|say)|(?:let's|let us|please|can we|could we|we can) (?:continue|keep going|go on|carry on|keep talking|not)|continue|keep going|go on|carry on|(?:yes but )?(?:i have|i've got|there's|there is|one) (?:another|one more|something else|more|a question|still))\b|\bnot (?:done|finished|ready) yet\b|\bone more (?:thing|question|point)\b|\bi don't want to (?:stop|end|finish|wrap)\b/,
    notANo:
      /^(?:(?:um|uh|well|oh) )*no (?:problem|idea|doubt|worries|one|wonder|that's (?:all|it|enough|fine)|i'm (?:good|done|fine|ok|okay)|nothing|let's (?:wrap|stop|end|finish))\b/,
    moreTime:
      /\b(?:(?:give me|i need|i want|i'd like|can (?:i|we) have|could (?:i|we) have|let's (?:do|take|have)|take|just|only|maybe|^) ?(?:about |just |maybe )?)?(?:(?:(?<count>\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|a few|a couple of|some|a) )?more (?:minutes?|mins?|time)|another (?:(?<other>\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|few|couple of) )?(?:minutes?|mins?)|(?:(?<asked>\d+|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty) )(?:minutes?|mins?)(?= please| longer| more|$)|^(?:(?:just|maybe|give me|another) )*(?<bare>\d+|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty) more(?= please|$)|a (?:little|bit|little bit) (?:longer|more(?: time)?))\b/,
    defaultMinutes: 5,
  },
};
