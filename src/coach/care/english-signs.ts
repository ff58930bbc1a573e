/** Signs of crisis in English, and what only sounds like one. Patterns run on `plainWords` of one sentence. */
import type { CrisisPatterns } from "./kinds.ts";

const kin =
  "husband|wife|boyfriend|girlfriend|partner|fiance|fiancé|ex|father|mother|dad|mum|mom|stepfather|stepmother|stepdad|stepmum|uncle|aunt|brother|sister|son|daughter|child|children|kids?|baby|grandfather|grandmother|cousin|nephew|niece";
const others =
  "friend|mate|colleague|coworker|co worker|roommate|flatmate|neighbou?rs?|boss|manager|teacher|student|pupil|client";
const target = `(?:him|her|them|someone|somebody|people|everyone|everybody|(?:my|the|this) (?:${kin}|${others}))\\b(?!'| feelings| with (?:my|this|the|kindness|laughter|love)| off| up)`;
const attack = "kill|stab|shoot|strangle|murder|poison|hurt|beat up|harm";
const attacking = "killing|stabbing|shooting|strangling|murdering|poisoning|hurting|harming|beating up";
const wantsMore = "(?: just| really| only| sometimes| honestly| actually| still| often| truly)*";
/** Words that may follow "live" where a place or a manner is meant. */
const place =
  "(?! (?:in|with|at|like|on|near|here|there|by|under|alone|together|abroad|off|up|through|out|that|a|the|this|my|so|without|for|next|above|below)\\b)";
const accident =
  "(?! (?:playing|running|at|in|while|doing|during|skiing|cycling|training|lifting|cooking|shaving|when i (?:fell|ran|jumped)|some|off|out|short|loose|a|by)\\b)";

export const english: CrisisPatterns = {
  subject: /\b(?:i|i'm|i've|i'd|i'll|he|he's|she|she's|they|we|you|it)\b/g,
  self: /\b(?:i|i'm|i've|i'd|i'll)\b/g,
  negation:
    /\b(?:not|never|no|without|(?:do|does|did|is|was|are|were|would|should|could|have|has|had|wo|ca|ai)n't|cannot)\b/,
  notANegation: /\b(?:stop|help|resist|reason|way|choice|hope|know|only|just|sure|keep from|deny|hide)\b/,
  somebody: new RegExp(`\\b(?:my|our|a|this|her|his) (?:\\w+ )?(?:${kin}|${others})\\b`, "g"),
  fictional:
    /\b(?:films?|movies?|novels?|books?|songs?|series|episode|podcasts?|articles?|documentary|documentaries|thesis|essay|stud(?:y|ies)|research|character|theatre|prevention|awareness|charity|statistics|rates?|training|hotline|squad|bombers?|policy|law)(?!\p{L})/u,
  quoted:
    /\b(?:character|hero|heroine|actor|actress|singer|lyrics?|song|film|movie|novel|book|text|line)\b.{0,20}\b(?:says?|said|sings?|goes|reads?|shouts?)\b/,
  figures: [
    /\b(?:is|be|was|it's|that's)(?: just| pure| sheer)? suicide\b/g,
    /\b(?:career|political|professional|social|commercial|financial|brand|reputational) suicide\b/g,
    /\b(?:kill(?:ing|ed|s)?|hurt(?:ing)?) myself (?:over|laughing|trying|working|with|to (?:finish|get|do|meet|make|please|be)|for (?:this|the|that|my))\b/g,
    /\bcut(?:ting)? myself (?:some|a bit|off|short|loose|out|shaving|while|cooking|on|in half)\b/g,
    /\b(?:want to|wanna|could|would|might|nearly|almost|i'd rather) (?:have )?(?:die|died|dying) (?:of|from|on|with|laughing|in|than)\b/g,
    /\brather die than\b|\bto die for\b|\bdying (?:to|for)\b|\bdo or die\b/g,
    /\b(?:shoot|shooting|shot) (?:me|him|her|them|you|us|my \w+|the \w+) (?:an?|over|down|the)\b/g,
    /(?<!says? |said |told me |threatens |that )\b(?:boss|manager|mum|mom|mother|dad|father|wife|husband|partner|girlfriend|boyfriend|teacher|client|team|he|she|they|you)(?: is|'s| are|'re)? ?(?:will|'ll|would|'d|(?:is |are )?(?:going to|gonna)) kill me (?:if|when|for|over|because)\b/g,
    /\b(?:boss|manager|client|team|teacher|coach)(?: is|'s)? (?:will|going to|gonna) kill me\b/g,
    /\bbungee jump\w*\b/g,
  ],
  certain: {
    self_harm: [
      new RegExp(
        `\\bi(?:'d| would)?${wantsMore} (?:want|wanna|wish|feel like|like|need|deserve|plan|intend|going) ?(?:to|i could)?${wantsMore} ?(?:die|dying|be dead|kill myself|killing myself|hurt myself|harm myself|cut myself|disappear (?:forever|for good))\\b(?! (?:of|from|on|laughing|with|in|some|playing)\\b)`,
      ),
      /\bi(?:'m| am| feel| felt|'ve been| have been)(?: (?!not\b|never\b|no\b)\w+){0,2} suicidal\b/,
      /\bwish (?:that )?i (?:was|were) (?:dead|never born|not alive)\b|\bwish i(?: had|'d)? never been born\b/,
      /\b(?:everyone|everybody|they|people|the world|you|my (?!team|company|boss|manager|department|group|project|class)\w+)(?:'d| would|'ll| will)(?: all)? be(?: so much| much| a lot| way)? (?:better|happier)(?: off)? (?:without me|if i (?:was|were|wasn't|weren't|am|died)|(?:when|once) i'm)/,
      /\b(?:think|thinking|thought) (?:about|of) dying\b|\b(?:slit|cut)(?:ting)? my (?:wrists?|throat|veins)\b/,
      /\blife (?:isn't|is not|wasn't) worth (?:living|it)\b|\bcutting my (?:arms?|wrists?|legs?|thighs?)\b/,
      /\b(?:bridge|roof|ledge|cliff|balcony)\b.{0,20}\b(?:want|wanted|going|thought about|urge) to jump\b/,
      /\bbetter off dead\b|\bready to die\b|\bwant(?:ed)? to be dead\b/,
      new RegExp(
        `\\b(?:no|(?:what's|what is) the|see the|any) (?:point|sense|reason) (?:in|of|to|for) (?:living|live|being alive|staying alive|going on living)\\b${place}`,
      ),
      /\b(?:nothing|no reason)(?: left)? to live(?: for)?\b(?! in\b)/,
      /\b(?:end|ending|take|taking|took|taken) my (?:own )?life\b(?! (?:in|to|back|into|seriously|as|on)\b)|\bend(?:ing)? it all\b(?! with)/,
      new RegExp(
        `\\b(?:don't|do not|no longer|didn't)${wantsMore}(?: even)? (?:want|wanna|wish) to (?:live|be alive|exist|keep living|go on living)\\b${place}`,
      ),
      /\bdon't want to be (?:here|around)\b.{0,20}\balive\b|\bdon't want to be (?:here|around) any ?more$/,
      /\bnot be alive\b|\brather be dead\b|\bhate being alive\b|\bwish i (?:wasn't|weren't) alive\b|\b(?:tired|sick) of (?:living|life|being alive)$|\bgiv(?:e|en|ing) up on (?:life|living)$/,
      /\bways? to (?:die|kill myself)\b|\b(?:nobody|no one) (?:would|will|'d) (?:even )?miss me(?: if i|$)/,
      /\burge to (?:cut|hurt|harm|burn)\b(?: myself)?$/,
      /\bnever wak(?:e|ing) up\b|\bnot wak(?:e|ing) up (?:again|any ?more|tomorrow)\b|\bdon't want to wake up (?:any ?more|again|tomorrow|ever)$/,
      /\b(?:took|taken|taking|take|swallow\w*)\b.{0,20}\b(?:all|whole|too many|bottle|handful|box|ten|twenty|thirty|forty|fifty|[1-9]\d)\b.{0,20}\b(?:pills|tablets|meds|painkillers)\b/,
      /\b(?:pills|tablets|meds|painkillers)\b.{0,40}\b(?:take|swallow)(?: them)? all\b/,
      /\b(?:cut|burn(?:t|ed)?|hurt|harmed) myself(?: again| last night| on purpose| deliberately| badly| every (?:day|night))\b/,
      /\b(?:cutting|burning|hurting|harming) myself (?:on purpose|again|to feel|when|because|at night|every)\b/,
      new RegExp(
        `\\b(?:might|going to|gonna|will|urge to|about to|afraid of|scared of|started|keep|been)(?: just)? (?:hurt|harm|cut|hurting|harming|cutting|burning) myself\\b${accident}`,
      ),
    ],
    violence: [
      new RegExp(`\\bi(?:'m| am)${wantsMore} (?:going to|gonna|about to) (?:${attack}) ${target}`),
      new RegExp(`\\bi(?:'ll| will)${wantsMore} (?:kill|stab|strangle|murder|poison) ${target}(?! if)`),
      new RegExp(
        `\\bi${wantsMore} (?:want|wanna|feel like|plan|intend|need)(?: to)? (?:${attack}|${attacking}) ${target}`,
      ),
      new RegExp(
        `\\b(?:afraid|scared|worried|terrified)(?: that)?(?: of| i(?:'m going to|'ll| will| might| could| may| am going to)?) (?:hurt|kill|harm|hurting|killing|harming) ${target}`,
      ),
      new RegExp(
        `\\bi(?:'ve)?(?: nearly| almost)? (?:hit|beat|beaten|punched|slapped|choked|strangled|stabbed)(?: up)? my (?:${kin})\\b(?! (?:at|in|by|to|with a (?:joke|question))\\b)`,
      ),
      /\bi(?:'m| am|'ll)? (?:going to|want to|will|gonna) (?:shoot up|blow up|burn down|bomb) (?:the|my|this|their) (?:school|office|house|building|company|place)\b/,
      /\b(?:have|got|bought|carry|brought) (?:a|the|my) (?:gun|knife|rifle|weapon)\b.{0,40}\b(?:use it|kill|shoot|stab|hurt)\b/,
    ],
    abuse: [
      new RegExp(
        `\\b(?:he|she|they|someone|somebody|(?:my|our) (?:ex )?(?:${kin}|${others}))(?: always| often| sometimes| still| just| has| had|'s| used to)* (?:hits|hit|beats?|beaten|punche[sd]|slaps|slapped|kicks|kicked|chokes|choked|strangles|strangled|rapes|raped|abuses|abused|molests|molested|assaults|assaulted|burns|burned) me\\b(?! (?:at|in|to|out|up|off|by|that|every time we|with (?:new|more|another|tasks|questions|work|the|an? (?:idea|question|task|bill|new|big))|on the)\\b)`,
      ),
      /\b(?:his|her|their) hands? (?:around|on|round) my (?:throat|neck)\b/,
      new RegExp(
        `\\b(?:he|she|they|(?:my|our) (?:ex )?(?:${kin}|${others})) (?:pushe[sd]|threw|throws|shove[sd]|dragg?(?:ed|s)|slammed|slams) me (?:down the stairs|against|to the (?:floor|ground)|onto|into (?:the|a) wall|around)\\b`,
      ),
      new RegExp(
        `\\b(?:he|she|(?:my|our) (?:ex )?(?:${kin}|${others}|coach|priest)) (?:grope[sd] me|touche[sd] me$|beats? me up|(?:is|was|has been|'s been) stalking me)\\b`,
      ),
      /\b(?:husband|wife|boyfriend|girlfriend|partner|father|mother|dad|mum|mom|he|she)(?: is|'s| gets| was| got| has been| becomes) violent\b/,
      /\b(?:took|takes|hides|hid|keeps) my passport\b|\b(?:victim of|suffer\w* from|live with|living with|experience) domestic (?:violence|abuse)\b/,
      /\bforc(?:ed|es|ing) (?:me to (?:have sex|sleep with)|himself on me|herself on me)\b/,
      /\b(?:threatens?|threatened|threatening|tried|trying) to (?:kill|hurt|stab|shoot|beat|rape) me\b/,
      /\b(?:says?|said|told me)(?: that)? (?:he|she|they)(?:'ll| will|'s going to| is going to|'d| would) (?:kill|hurt|beat|shoot|stab) (?:me|us|the kids)\b/,
      /\b(?:afraid|scared|terrified|frightened) of my (?:husband|wife|boyfriend|girlfriend|partner|ex|father|mother|dad|mum|mom|stepfather|stepdad|uncle|brother)\b(?!')/,
      /\b(?:afraid|scared|terrified) (?:to go|of going) home (?:because of|to) (?:him|her|my)\b/,
      /\b(?:won't|doesn't|does not|will not|never) lets? me (?:leave (?:the house|home|the flat|the room)|out of the (?:house|flat|room)|see my (?:family|friends|parents))\b/,
      /\b(?:threw|throws) (?:a|the) (?:knife|bottle|plate|chair|glass)(?:es|s)? at me\b|\b(?:pulled|held|pulls) a (?:knife|gun) (?:on|to|at) m[ey]\b/,
      /\btouche[sd] me (?:when i was|where|even though|against|down there|at night|sexually)\b|\block(?:s|ed) me in\b(?! the (?:role|contract))/,
    ],
    someone_else: [],
  },
  likely: {
    self_harm: [
      /\b(?:kill|killing|killed|hang|hanging|shoot|shooting|drown|drowning) myself\b(?! in (?!the head))/,
      /\b(?:hurt|hurting|harm|harming|cut|cutting) myself(?: tonight| badly)?$/,
      /\bjump(?:ing|ed)? (?:off|from) (?:a|the|that|this|my) (?:bridge|roof|building|balcony|cliff)\b|\b(?:jump|throw myself|step|walk)(?:ing)? (?:in front of|under) (?:a|the) (?:train|bus|truck|lorry|car)\b/,
    ],
    violence: [new RegExp(`\\b(?:about|of|to) (?:${attacking}) ${target}`)],
    abuse: [
      /\bi(?: was|'ve been|'m being| am being| have been| got) (?:\w+ )?(?:raped|molested|sexually assaulted|sexually abused|abused|assaulted|beaten)\b(?! (?:at|to|in|on|by (?:a|an|the|our))\b)/,
      /\b(?:in an|my|an) abusive (?:relationship|marriage|husband|partner|boyfriend|wife|girlfriend|father|mother|home|ex)\b/,
    ],
    anyone: [
      /\bsuicid(?:e|al)\b/,
      /\bself harm(?:ing|ed|s)?\b/,
      /\boverdos(?:e|ed|ing)\b(?! (?:of|on) (?:coffee|caffeine|information|sugar|chocolate|work|meetings))/,
    ],
    someone_else: [
      /\b(?:wants?|wanted|wishes|ready) to die\b(?! (?:of|from|on|laughing)\b)/,
      /\b(?:kill|killing|killed|harm|harming|hang|hanged|cut|cutting|cuts) (?:himself|herself|themselves|themself)\b(?! (?:over|with|laughing|some|shaving|to|off))/,
      /\bcut(?:s|ting)? (?:her|his|their) (?:wrists?|arms?|veins)\b/,
      /\b(?:being|is|was|gets|got) (?:beaten|abused|raped|molested|hit)\b(?! (?:at|to|in|on)\b)/,
      /\b(?:her|his) (?:husband|boyfriend|partner|wife|girlfriend|father|mother) (?:beats|hits|abuses|hit|abused) (?:her|him)\b/,
    ],
  },
};
