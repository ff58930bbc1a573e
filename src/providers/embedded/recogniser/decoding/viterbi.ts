/** Recognition, step 4 of 5: Viterbi search for the best path through a small network of words, and max-marginals of all others. */

/** A run of HMM states to be passed in order, from one node of the network to another. */
export interface Chain {
  readonly from: number;
  readonly to: number;
  /** Log weight of taking it (≤ 0). */
  readonly weight: number;
  /** Per state: log likelihood by frame, and log probability of staying and leaving. */
  readonly emissions: readonly Float32Array[];
  readonly stay: readonly number[];
  readonly leave: readonly number[];
}

/** Node 0 is the start, the last node the end. Jumps take no time and lead only from lower to higher nodes. */
export interface Network {
  readonly nodes: number;
  readonly chains: readonly Chain[];
  readonly jumps: readonly { readonly from: number; readonly to: number; readonly weight: number }[];
}

/** One chain on the best path; `states` holds the frame at which each of its states was entered. */
export interface Step {
  readonly chain: number;
  readonly start: number;
  /** The first frame after it. */
  readonly end: number;
  readonly states: readonly number[];
  /** The scores of its states, by frame. */
  readonly emissions: readonly Float32Array[];
}

export interface Path {
  readonly score: number;
  readonly steps: readonly Step[];
}

const NEVER = -1e30;

/** A network in flat arrays, ready to be searched. */
interface SearchPlan {
  readonly network: Network;
  readonly total: number;
  readonly first: Int32Array;
  readonly last: Int32Array;
  readonly emission: Float32Array[];
  readonly stay: Float32Array;
  readonly leave: Float32Array;
  /** Chains that end in each node. */
  readonly endings: number[][];
  readonly jumpsInto: { from: number; weight: number }[][];
}

function plan(network: Network): SearchPlan {
  const count = network.chains.length;
  const first = new Int32Array(count);
  const last = new Int32Array(count);
  const emission: Float32Array[] = [];
  const stay: number[] = [];
  const leave: number[] = [];
  const endings: number[][] = Array.from({ length: network.nodes }, () => []);
  const jumpsInto: { from: number; weight: number }[][] = Array.from({ length: network.nodes }, () => []);
  network.chains.forEach((chain, c) => {
    first[c] = emission.length;
    emission.push(...chain.emissions);
    stay.push(...chain.stay);
    leave.push(...chain.leave);
    last[c] = emission.length - 1;
    endings[chain.to]!.push(c);
  });
  for (const jump of network.jumps) jumpsInto[jump.to]!.push(jump);
  return {
    network,
    total: emission.length,
    first,
    last,
    emission,
    stay: Float32Array.from(stay),
    leave: Float32Array.from(leave),
    endings,
    jumpsInto,
  };
}

/** Everything a forward pass leaves behind. */
interface Trellis {
  /** [frame][node], after that many frames. */
  readonly nodeScore: Float64Array;
  /** [frame][node]: the chain that led there, or −1−node where a jump did. */
  readonly nodeFrom: Int32Array;
  /** [frame][state]: 1 where the state was just entered. */
  readonly entered: Uint8Array;
}

function forward(p: SearchPlan, start: number, end: number): Trellis {
  const { chains, nodes } = p.network;
  const frames = end - start;
  const nodeScore = new Float64Array((frames + 1) * nodes).fill(NEVER);
  const nodeFrom = new Int32Array((frames + 1) * nodes);
  const entered = new Uint8Array(frames * p.total);
  let now = new Float64Array(p.total).fill(NEVER);
  let next = new Float64Array(p.total);
  nodeScore[0] = 0;
  for (let t = 0; t <= frames; t++) {
    const row = t * nodes;
    for (let n = 0; n < nodes; n++) {
      let best = nodeScore[row + n] as number;
      let from = 0;
      for (const c of p.endings[n] as number[]) {
        const score = (now[p.last[c] as number] as number) + (p.leave[p.last[c] as number] as number);
        if (score > best) {
          best = score;
          from = c;
        }
      }
      for (const jump of p.jumpsInto[n] as { from: number; weight: number }[]) {
        const score = (nodeScore[row + jump.from] as number) + jump.weight;
        if (score > best) {
          best = score;
          from = -1 - jump.from;
        }
      }
      nodeScore[row + n] = best;
      nodeFrom[row + n] = from;
    }
    if (t === frames) break;
    const mark = t * p.total;
    for (let c = 0; c < chains.length; c++) {
      const chain = chains[c] as Chain;
      const begin = p.first[c] as number;
      let carried = (nodeScore[row + chain.from] as number) + chain.weight;
      for (let s = begin; s <= (p.last[c] as number); s++) {
        const stayed = (now[s] as number) + (p.stay[s] as number);
        const moved = carried > stayed;
        if (moved) entered[mark + s] = 1;
        next[s] = (moved ? carried : stayed) + ((p.emission[s] as Float32Array)[start + t] as number);
        carried = (now[s] as number) + (p.leave[s] as number);
      }
    }
    [now, next] = [next, now];
  }
  return { nodeScore, nodeFrom, entered };
}

/** The best path that takes exactly the frames from `start` to before `end`; undefined where none fits. */
export function bestPath(network: Network, start: number, end: number): Path | undefined {
  const p = plan(network);
  const trellis = forward(p, start, end);
  const frames = end - start;
  const score = trellis.nodeScore[frames * network.nodes + network.nodes - 1] as number;
  if (score <= NEVER / 2) return undefined;
  const steps: Step[] = [];
  let t = frames;
  let node = network.nodes - 1;
  while (t > 0 || node !== 0) {
    const from = trellis.nodeFrom[t * network.nodes + node] as number;
    if (from < 0) {
      node = -1 - from;
      continue;
    }
    const states: number[] = [];
    const stepEnd = t;
    const first = p.first[from] as number;
    for (let s = p.last[from] as number; s >= first; s--) {
      t--;
      while (trellis.entered[t * p.total + s] !== 1) t--;
      states.unshift(start + t);
    }
    const chain = network.chains[from] as Chain;
    steps.unshift({
      chain: from,
      start: start + t,
      end: start + stepEnd,
      states,
      emissions: chain.emissions,
    });
    node = chain.from;
  }
  return { score, steps };
}

/** Scores of the best whole path through each chain and through each jump. */
export interface Through {
  readonly chains: Float64Array;
  readonly jumps: Float64Array;
}

/**
 * For every chain and jump the score of the best whole path that goes through it: how much worse than the best path
 * it is says how sure the decision against it is. (Max-marginals: a forward pass joined with one over the reversed
 * network.)
 */
export function bestThrough(network: Network, start: number, end: number): Through {
  const frames = end - start;
  const last = network.nodes - 1;
  const ahead = forward(plan(network), start, end).nodeScore;
  const reversed = new Map<Float32Array, Float32Array>();
  const backwards = (row: Float32Array): Float32Array => {
    let turned = reversed.get(row);
    if (!turned) {
      turned = row.slice(start, end).reverse();
      reversed.set(row, turned);
    }
    return turned;
  };
  const mirrored: Network = {
    nodes: network.nodes,
    chains: network.chains.map((chain) => ({
      ...chain,
      from: last - chain.to,
      to: last - chain.from,
      emissions: chain.emissions.map(backwards).reverse(),
      stay: [...chain.stay].reverse(),
      leave: [...chain.leave].reverse(),
    })),
    jumps: network.jumps.map(({ from, to, weight }) => ({ from: last - to, to: last - from, weight })),
  };
  const behind = forward(plan(mirrored), 0, frames).nodeScore;
  const { nodes } = network;
  /** Score of the best way to the end from `node`, `t` frames in. */
  const rest = (t: number, node: number) => behind[(frames - t) * nodes + last - node] as number;
  return {
    chains: Float64Array.from(network.chains, (chain) =>
      throughChain(chain, start, frames, ahead, nodes, rest),
    ),
    jumps: Float64Array.from(network.jumps, ({ from, to, weight }) => {
      let best = NEVER;
      for (let t = 0; t <= frames; t++)
        best = Math.max(best, (ahead[t * nodes + from] as number) + weight + rest(t, to));
      return best;
    }),
  };
}

function throughChain(
  chain: Chain,
  start: number,
  frames: number,
  ahead: Float64Array,
  nodes: number,
  rest: (t: number, node: number) => number,
): number {
  const { emissions, stay, leave } = chain;
  const final = emissions.length - 1;
  const now = new Float64Array(emissions.length).fill(NEVER);
  let best = NEVER;
  for (let t = 0; t < frames; t++) {
    let carried = (ahead[t * nodes + chain.from] as number) + chain.weight;
    for (let s = 0; s <= final; s++) {
      const before = now[s] as number;
      now[s] =
        Math.max(carried, before + (stay[s] as number)) +
        ((emissions[s] as Float32Array)[start + t] as number);
      carried = before + (leave[s] as number);
    }
    const whole = (now[final] as number) + (leave[final] as number) + rest(t + 1, chain.to);
    if (whole > best) best = whole;
  }
  return best;
}
