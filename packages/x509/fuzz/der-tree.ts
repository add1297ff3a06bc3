/** DER taken apart for mutation, and put together again with whatever lies the mutators told. */
export interface DerNode {
  tag: number;
  /** Of a primitive. */
  content: Buffer;
  /** Of a constructed value, or of an OCTET STRING or BIT STRING that holds DER. */
  children: DerNode[] | undefined;
  /** Octets before the children: the unused bits of a BIT STRING. */
  prefix: Buffer;
  /** How the length is written. */
  form: 'minimal' | 'long' | 'indefinite' | 'wrong';
}

/** Takes DER apart; undefined where it is none. */
export function readTree(bytes: Buffer, depth = 0): DerNode[] | undefined {
  const nodes: DerNode[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 2 > bytes.length || depth > 40) return undefined;
    const tag = bytes[at]!;
    let length = bytes[at + 1]!;
    let start = at + 2;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      if (octets === 0 || octets > 4 || start + octets > bytes.length) return undefined;
      length = bytes.readUIntBE(start, octets);
      start += octets;
    }
    if (start + length > bytes.length) return undefined;
    nodes.push(readNode(tag, bytes.subarray(start, start + length), depth));
    at = start + length;
  }
  return nodes;
}

function readNode(tag: number, content: Buffer, depth: number): DerNode {
  const node: DerNode = { tag, content, children: undefined, prefix: Buffer.alloc(0), form: 'minimal' };
  if ((tag & 0x20) !== 0) {
    node.children = readTree(content, depth + 1);
  } else if (tag === 0x04 && content.length > 1) {
    node.children = readTree(content, depth + 1);
  } else if (tag === 0x03 && content.length > 2 && content[1] === 0x30) {
    node.prefix = content.subarray(0, 1);
    node.children = readTree(content.subarray(1), depth + 1);
  }
  if (node.children?.length === 0) node.children = undefined;
  return node;
}

export function writeTree(nodes: readonly DerNode[]): Buffer {
  return Buffer.concat(nodes.map(writeNode));
}

function writeNode(node: DerNode): Buffer {
  const content =
    node.children === undefined ? node.content : Buffer.concat([node.prefix, writeTree(node.children)]);
  const tag = Buffer.of(node.tag);
  if (node.form === 'indefinite') return Buffer.concat([tag, Buffer.of(0x80), content, Buffer.alloc(2)]);
  const length = node.form === 'wrong' ? content.length + 1 : content.length;
  if (node.form === 'minimal' && length < 0x80) return Buffer.concat([tag, Buffer.of(length), content]);
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(length);
  const kept = node.form === 'long' ? octets : octets.subarray(octets.findIndex((octet) => octet !== 0));
  return Buffer.concat([tag, Buffer.of(0x80 | kept.length), kept, content]);
}

/** Every node, with the list that it stands in. */
export function allNodes(nodes: DerNode[]): { node: DerNode; list: DerNode[]; index: number }[] {
  return nodes.flatMap((node, index) => [
    { node, list: nodes, index },
    ...(node.children === undefined ? [] : allNodes(node.children)),
  ]);
}

export function cloneTree(nodes: readonly DerNode[]): DerNode[] {
  return nodes.map((node) => ({
    ...node,
    children: node.children === undefined ? undefined : cloneTree(node.children),
  }));
}
