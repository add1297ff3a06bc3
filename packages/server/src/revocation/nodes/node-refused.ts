export type NodeRefusedCode =
  | 'serves_no_resource'
  | 'resource_not_served'
  | 'revoked'
  | 'too_many_streams'
  | 'server_stopping';

/** Why a node gets no stream. Nothing was written to it. */
export class NodeRefused extends Error {
  readonly code: NodeRefusedCode;

  constructor(code: NodeRefusedCode, message: string) {
    super(message);
    this.name = 'NodeRefused';
    this.code = code;
  }
}
