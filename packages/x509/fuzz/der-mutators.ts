import { mutateBytes } from './byte-mutators.ts';
import { allNodes, cloneTree, type DerNode, readTree, writeTree } from './der-tree.ts';
import type { Random } from './random.ts';

const TAGS = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80, 0x81, 0x82,
  0x86, 0x87, 0xa0, 0xa1, 0xa3, 0x1f,
];

const CONTENTS: readonly Buffer[] = [
  Buffer.alloc(0),
  Buffer.of(0),
  Buffer.of(0xff),
  Buffer.of(0x80),
  Buffer.of(0, 0),
  Buffer.of(0, 0x7f),
  Buffer.of(0x7f, 0xff, 0xff, 0xff),
  Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff),
  Buffer.alloc(300, 0x7f),
  Buffer.alloc(40, 0x80),
  Buffer.from('991301000000Z'),
  Buffer.from('20500101000000Z'),
  Buffer.from('\u0000.*..-xn--_'),
  Buffer.from('c0800000', 'hex'),
  Buffer.of(8, 1),
  Buffer.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b),
];

type Mutator = (
  tree: DerNode[],
  at: { node: DerNode; list: DerNode[]; index: number },
  random: Random,
  donor: DerNode[],
) => void;

const MUTATORS: readonly Mutator[] = [
  (_, { node }, random) => {
    node.tag = random.below(3) === 0 ? random.below(256) : random.pick(TAGS);
  },
  (_, { node }, random) => {
    node.form = random.pick(['long', 'indefinite', 'wrong']);
  },
  (_, { list, index }) => {
    list.splice(index, 1);
  },
  (_, { node, list, index }, random) => {
    const copies = random.pick([1, 1, 1, 2, 50]);
    list.splice(index, 0, ...Array.from({ length: copies }, () => cloneTree([node])[0]!));
  },
  (_, { list }, random) => {
    const other = random.below(list.length);
    const index = random.below(list.length);
    [list[index], list[other]] = [list[other]!, list[index]!];
  },
  (_, { node }, random) => {
    node.children = undefined;
    node.content = random.pick(CONTENTS);
  },
  (_, { node }, random) => {
    if (node.children === undefined) node.content = mutateBytes(node.content, random);
  },
  (_, { list, index }, random, donor) => {
    const from = allNodes(donor);
    if (from.length > 0) list.splice(index, random.below(2), cloneTree([random.pick(from).node])[0]!);
  },
  (_, { node }, random) => {
    let inner: DerNode = { ...node };
    const depth = random.pick([1, 2, 40, 200]);
    for (let i = 0; i < depth; i++) {
      inner = {
        tag: random.pick([0x30, 0x31, 0xa0, 0x24]),
        content: Buffer.alloc(0),
        children: [inner],
        prefix: Buffer.alloc(0),
        form: 'minimal',
      };
    }
    Object.assign(node, inner);
  },
  (_, { node }) => {
    node.children = undefined;
    node.content = Buffer.alloc(0);
  },
];

/** Changes DER in one to three places, as a structure where it is one. `donor`: other DER to take parts from. */
export function mutateDer(input: Buffer, donor: Buffer, random: Random): Buffer {
  const tree = readTree(input);
  if (tree === undefined || tree.length === 0 || random.below(10) === 0) return mutateBytes(input, random);
  const donorTree = readTree(donor) ?? [];
  const rounds = 1 + random.below(3);
  for (let round = 0; round < rounds; round++) {
    const nodes = allNodes(tree);
    if (nodes.length === 0) break;
    random.pick(MUTATORS)(tree, random.pick(nodes), random, donorTree);
  }
  const output = writeTree(tree);
  return output.length > 2 * 1024 * 1024 ? mutateBytes(input, random) : output;
}
