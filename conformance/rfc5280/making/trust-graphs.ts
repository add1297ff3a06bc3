/** The trust graphs of RFC 4158 and of BetterTLS, and what can be reached in them. */

/** A certificate: who issued it, for whom. */
export type Edge = readonly [issuer: string, subject: string];

export interface TrustGraph {
  readonly name: string;
  readonly edges: readonly Edge[];
}

function graph(name: string, text: string): TrustGraph {
  const edges = text
    .trim()
    .split(/\s*,\s*/)
    .flatMap((part): Edge[] => {
      const [from, to] = part.split(/\s*(?:<->|->)\s*/) as [string, string];
      return part.includes('<->')
        ? [
            [from, to],
            [to, from],
          ]
        : [[from, to]]; // prettier-ignore
    });
  return { name, edges };
}

/** The end entity of every graph is `EE`. */
export const GRAPHS: readonly TrustGraph[] = [
  graph('linear', 'ICA->EE, Trust Anchor->ICA'),
  graph('two roots', 'ICA->EE, Root1->ICA, Root2->ICA'),
  graph('RFC 4158 figure 7', 'B->EE, C->B, A->B, C<->A, Trust Anchor->C, Trust Anchor->A'),
  graph(
    'RFC 4158 figure 8, a bridge',
    `F->H, F<->G, H<->I, G->I, TA W->F, TA W->G,
     J->K, N->EE, L->N, L->M, TA X->J, TA X->L,
     B->E, B->D, A->B, C->B, A<->C, TA Y->A, TA Y->C,
     R->S, O->R, O->Q, P->S, TA Z->O, TA Z->P,
     TA W<->Bridge CA, TA X<->Bridge CA, TA Y<->Bridge CA, TA Z<->Bridge CA`,
  ),
];

/** Whether a path leads from the anchor to `EE` that uses none of the invalid edges. */
export function isReachable({ edges }: TrustGraph, anchor: string, invalid: readonly Edge[]): boolean {
  const reached = new Set([anchor]);
  for (const node of reached) {
    for (const edge of edges) if (edge[0] === node && !invalid.includes(edge)) reached.add(edge[1]);
  }
  return reached.has('EE');
}

export function nodesOf({ edges }: TrustGraph): readonly string[] {
  return [...new Set(edges.flat())];
}
