// Knows: the certificates that the deployments show, good and bad, all below one authority. Must not know: who shows them.
import { Authority, type Issued, LOCAL } from '../../../transport/authority.js';

export interface Certificates {
  /** What a client trusts that is to take the good one. */
  readonly ca: string;
  readonly good: Issued;
  /** Good for a week more. */
  readonly soon: Issued;
  readonly expired: Issued;
  readonly notYet: Issued;
  readonly otherName: Issued;
  /** Below an authority that is below ours, without the certificate in between; and with it. */
  readonly withoutChain: Issued;
  readonly withChain: Issued;
  readonly revoked: Issued;
  readonly revocations: string;
}

let made: Certificates | undefined;

/** Made once for each process; the keys live in its memory only. */
export function certificates(): Certificates {
  made ??= make();
  return made;
}

function make(): Certificates {
  using root = new Authority('handfast test root');
  using between = new Authority('handfast test between', root);
  const issue = (untilDay: number, fromDay = -2) => root.issue('localhost', LOCAL, { fromDay, untilDay });
  const withoutChain = between.issue('localhost', LOCAL, { untilDay: 25 });
  const revoked = issue(25);
  return {
    ca: root.cert,
    good: issue(25),
    soon: issue(5),
    expired: issue(-1, -9),
    notYet: issue(9, 1),
    otherName: root.issue('other', 'DNS:other.test', { untilDay: 25 }),
    withoutChain,
    withChain: { key: withoutChain.key, cert: withoutChain.cert + between.cert },
    revoked,
    revocations: root.revoke(revoked),
  };
}
