import type { ProfileName } from '../authority/index.ts';
import type { ChallengeType } from './records.ts';

/** Where the resources of one profile are. `base`: `<issuer>/acme/<profile>`. */
export class AcmeUrls {
  readonly base: string;

  constructor(issuer: string, profile: ProfileName) {
    this.base = `${issuer.replace(/\/$/, '')}/acme/${profile}`;
  }

  get directory(): string {
    return `${this.base}/directory`;
  }

  account(id: string): string {
    return `${this.base}/account/${id}`;
  }

  orders(accountId: string): string {
    return `${this.account(accountId)}/orders`;
  }

  order(id: string): string {
    return `${this.base}/order/${id}`;
  }

  finalize(orderId: string): string {
    return `${this.order(orderId)}/finalize`;
  }

  authorization(id: string): string {
    return `${this.base}/authorization/${id}`;
  }

  challenge(authorizationId: string, type: ChallengeType): string {
    return `${this.base}/challenge/${authorizationId}/${type}`;
  }

  /** `chain`: 0 is the one that is offered first. */
  certificate(orderId: string, chain = 0): string {
    return `${this.base}/certificate/${orderId}${chain === 0 ? '' : `/${chain}`}`;
  }
}
