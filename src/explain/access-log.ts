// Knows: a line of the common or combined access log, as nginx and Apache write it, and the numbers that only nginx has.
// Must not know: error logs.
import { type Explanation, explanation, explanationOf, plainLine } from './explanation.js';
import { showText } from './show.js';
import { causesOfStatus } from './statuses.js';

const form =
  /\[\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] "((?:[^"\\]|\\.){0,4000})" (\d{3}) (\d{1,15}|-)(?: |$)/;

/** Not statuses of HTTP: nginx logs them when there was none. */
const ofNginx: Readonly<Record<string, readonly [codes: readonly string[], saw: string]>> = {
  '000': [['HTTP_EMPTY_REPLY'], 'nginx closed without an answer.'],
  '009': [
    ['TCP_WRONG_SERVICE', 'HTTP_NOT_HTTP'],
    'The upstream does not speak HTTP: nginx passed its octets on without a head.',
  ],
  '444': [['HTTP_EMPTY_REPLY'], '`return 444` of the configuration closed without an answer.'],
  '494': [['ROUTE_HEADERS_TOO_LARGE'], 'The head is larger than `large_client_header_buffers`.'],
  '495': [['TLS_CLIENT_CERT'], 'The certificate of the client is not good.'],
  '496': [['TLS_CLIENT_CERT'], 'The client showed no certificate.'],
  '497': [['TLS_MISSING'], 'Plain HTTP at a port that speaks TLS.'],
  '499': [
    ['CLIENT_CLOSED_EARLY', 'PROXY_UPSTREAM_TIMEOUT'],
    'The client gave up before the upstream had answered.',
  ],
};

/** `isAlone`: nothing else was given, so the line is explained even where it says that all is well. */
export function explainAccessLine(line: string, isAlone: boolean): Explanation | undefined {
  const match = form.exec(line);
  if (match === null) return undefined;
  const [, request, status] = match as unknown as [string, string, string];
  const part = {
    source: `Access log of nginx or Apache · ${status}`,
    listings: [{ about: '', lines: [plainLine(showText(request), 'the request')] }],
  };
  const spelled = /^\\x16\\x03/.test(request)
    ? (['TLS_TO_PLAIN_PORT'] as const)
    : request.startsWith('PRI * HTTP/2')
      ? (['H2_NOT_OFFERED'] as const)
      : undefined;
  if (spelled !== undefined)
    return explanationOf(spelled[0], 'strong', {
      ...part,
      saw: 'The first octets are those of another protocol.',
    });
  const special = ofNginx[status];
  if (special !== undefined) return fault(part, special[0], special[1]);
  if (status === '101') {
    if (!isAlone) return undefined;
    return explanation({
      ...part,
      isGood: true,
      title: 'It was opened: the line is written when it has ended',
      ...unseen,
    });
  }
  if (!isAlone && Number(status) < 400) return undefined;
  return fault(part, causesOfStatus(Number(status)), `The answer was ${status}.`);
}

const unseen = {
  couldNotKnow: 'How it ended, and after what time: the line has no place for it.',
  decide: 'handfast doctor --idle 120 URL',
};

function fault(part: Partial<Explanation>, codes: readonly string[], saw: string): Explanation {
  return explanationOf(codes[0]!, codes.length === 1 ? 'strong' : 'likely', {
    ...part,
    candidates: codes.slice(1),
    saw,
    couldNotKnow: 'Who answered, the proxy or the app: the error log at this time tells.',
    decide: 'handfast doctor URL',
  });
}
