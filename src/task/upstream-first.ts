/** What has upstream. */
export interface Vertex<Self> {
  readonly definition: { readonly upstream: readonly { readonly task: Self | undefined }[] };
}

/** Visits a task and its upstream, upstream first, without recursion. `enter` says whether to visit. */
export function upstreamFirst<Node extends Vertex<Node>>(root: Node, enter: (node: Node) => boolean, leave: (node: Node) => void): void {
  if (!enter(root)) return;
  const path: { readonly node: Node; next: number }[] = [{ node: root, next: 0 }];
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const source = top.node.definition.upstream[top.next++];
    if (source === undefined) {
      path.pop();
      leave(top.node);
    } else if (source.task && enter(source.task)) path.push({ node: source.task, next: 0 });
  }
}
