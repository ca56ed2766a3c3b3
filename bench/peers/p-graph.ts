import { type DependencyList, PGraph, type PGraphNodeMap } from 'p-graph';

import type { Contender } from '../contender.ts';
import type { GraphLoad } from '../workloads/graph-load.ts';

function graph(load: GraphLoad): Promise<void> {
  const { functions, concurrency, done } = load;
  const nodes: PGraphNodeMap = new Map();
  const dependencies: DependencyList = [];
  for (let task = 0; task < load.n; task++) {
    const fn = functions[task]!;
    nodes.set(String(task), { run: () => fn().then(done) });
    for (const upstream of load.graph.upstream(task)) dependencies.push([String(upstream), String(task)]);
  }
  return new PGraph(nodes, dependencies).run({ concurrency });
}

export const contender: Contender = { graph };
