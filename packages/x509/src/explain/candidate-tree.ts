import type { Certificate } from '../certificates/certificate.ts';
import type { PathFailure } from '../path/failure.ts';
import type { CandidatePath } from '../path/options.ts';

/** A certificate, what is wrong with it at this place, and the issuers that were tried for it. */
export interface TreeNode {
  readonly certificate: Certificate;
  readonly failures: PathFailure[];
  readonly issuers: TreeNode[];
}

/** The paths that were tried as one tree, whose root is the leaf certificate; each failure stands where it was met. */
export interface CandidateTree {
  /** Undefined where nothing was tried. */
  readonly root: TreeNode | undefined;
  /** What is about no certificate of the tree. */
  readonly elsewhere: readonly PathFailure[];
}

/** Joins the candidates where they are the same from the leaf up. `failures`: all of them, so that none is left out. */
export function candidateTree(
  candidates: readonly CandidatePath[],
  failures: readonly PathFailure[],
): CandidateTree {
  const leaf = candidates[0]?.path[0] ?? failures.find(({ depth }) => depth === 0)?.certificate;
  const root = leaf === undefined ? undefined : nodeOf(leaf);
  const placed = new Set<string>();
  for (const { path, failures: found } of candidates) {
    const branch = walk(root!, path);
    for (const failure of found) {
      placed.add(identity(failure));
      add(nodeFor(failure, branch), failure);
    }
  }
  const rest = failures.filter((failure) => !placed.has(identity(failure)));
  const elsewhere: PathFailure[] = [];
  for (const failure of rest) {
    if (root !== undefined && failure.certificate?.equals(root.certificate)) add(root, failure);
    else elsewhere.push(failure);
  }
  return { root, elsewhere };
}

function nodeOf(certificate: Certificate): TreeNode {
  return { certificate, failures: [], issuers: [] };
}

/** The nodes of a path, made where they are missing. */
function walk(root: TreeNode, path: readonly Certificate[]): [TreeNode, ...TreeNode[]] {
  const branch: [TreeNode, ...TreeNode[]] = [root];
  let node = root;
  for (const certificate of path.slice(1)) {
    let next = node.issuers.find((issuer) => issuer.certificate.equals(certificate));
    if (next === undefined) {
      next = nodeOf(certificate);
      node.issuers.push(next);
    }
    branch.push(next);
    node = next;
  }
  return branch;
}

/** A signature that is not by an issuer's key is told at that issuer: another may fit. */
function nodeFor(failure: PathFailure, branch: readonly [TreeNode, ...TreeNode[]]): TreeNode {
  const last = branch.at(-1) ?? branch[0];
  if (failure.code === 'signature_invalid' || failure.certificate === undefined) return last;
  return branch.find(({ certificate }) => certificate.equals(failure.certificate!)) ?? last;
}

function add(node: TreeNode, failure: PathFailure): void {
  if (!node.failures.some((known) => identity(known) === identity(failure))) node.failures.push(failure);
}

function identity({ code, certificate, message, values }: PathFailure): string {
  return `${code} ${certificate?.fingerprint256} ${message} ${JSON.stringify(values)}`;
}
