// Reports made by hand: a healthy endpoint, a grade B, each kind of failure that the samples of the command line show, and one
// whose every text is hostile. What the engine makes of real endpoints is tested with the engine.

import type { Finding, ProbeShown, Report, StageLine, Step } from '../../../src/doctor/report.js';
import type { ClientVerdict } from '../../../src/forensics/clients.js';
import type { Respondent } from '../../../src/forensics/respondents.js';

const key = 'kvnrtHTsjR8JeMdpGnK9ZQ==';

export function step(probe: string, asked: string, answered: string, note?: string): Step {
  return { probe, asked, answered, ...(note !== undefined && { note }) };
}

function stage(name: string, mark: StageLine['mark'], text: string, ms?: number): StageLine {
  const id = name === 'HTTP/2' ? 'http2' : name.toLowerCase();
  return { stage: id, name, mark, text, probes: [], ...(ms !== undefined && { ms }) };
}

const reached = [
  stage('DNS', 'good', '203.0.113.10  2001:db8::10', 9),
  stage('TCP', 'good', '2 of 2 addresses answer on port 443', 21),
  stage('TLS', 'good', "1.3 · chat.example.com · Let's Encrypt · 71 days left", 34),
];

function request(path: string, host: string, fields: readonly string[] = []): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'User-Agent: handfast-doctor/1.0',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
    `Origin: https://${host}`,
    ...fields,
    '',
    '',
  ].join('\r\n');
}

function probe(id: string, about: string, more: Partial<ProbeShown> = {}): ProbeShown {
  return {
    id,
    kind: 'exchange',
    key: about,
    about,
    address: '203.0.113.10:443',
    result: '101',
    times: { dnsMs: 9, tcpMs: 21, tlsMs: 34, headMs: 28, totalMs: 92 },
    events: [],
    end: 'fin',
    ...more,
  };
}

const accepted = probe('p1', "the user's handshake", {
  request: request('/ws', 'chat.example.com', [
    'Cookie: session=‹redacted 8f3a›',
    'Sec-WebSocket-Extensions: permessage-deflate',
  ]),
  response: [
    'HTTP/1.1 101 Switching Protocols',
    'Server: nginx/1.27.3',
    'Upgrade: websocket',
    'Connection: upgrade',
    'Sec-WebSocket-Accept: kX3jBtWX0GdxMmpX5n/5ndSAnCo=',
    'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover',
    '',
    '',
  ].join('\r\n'),
  events: [
    { atMs: 3, direction: 'out', text: 'ping, 4 bytes' },
    { atMs: 25, direction: 'in', text: 'pong, 4 bytes' },
    { atMs: 1004, direction: 'out', text: 'close 1000' },
    { atMs: 1026, direction: 'in', text: 'close 1000' },
  ],
});

const everyone = ['chrome', 'firefox', 'safari', 'ws', 'undici', 'bun', 'deno', 'python', 'go'];
const welcomed: readonly ClientVerdict[] = everyone.map((client) => ({
  client,
  version: '1',
  outcome: 'accepts',
}));

export function report(more: Partial<Report> = {}): Report {
  return {
    schema: 'handfast-report/1',
    tool: 'handfast 0.1.0',
    rating: '2026a',
    target: 'wss://chat.example.com/ws',
    started: '2026-11-22T12:54:52.113Z',
    exit: 0,
    verdict: 'good',
    grade: 'A+',
    gradeReason: '',
    stages: [
      ...reached,
      stage('Upgrade', 'good', '101 from nginx, accept correct', 29),
      stage('Extension', 'good', 'permessage-deflate; server_no_context_takeover'),
      stage('Session', 'good', 'ping 22/21/23 ms · close 1000 echoed · server closed TCP first'),
      stage('Version', 'good', '99 is refused with 426 and "Sec-WebSocket-Version: 13"'),
      stage('Origin', 'good', 'foreign, null and look-alike origins are refused with 403'),
      stage('Clients', 'good', 'Chrome Firefox Safari ws undici Bun Deno Python Go would accept this 101'),
      stage('Idle', 'good', 'open after 120 s; the server pings every 25 s'),
      stage('HTTP/2', 'skip', 'not offered for WebSocket (browsers use HTTP/1.1; no action)'),
    ],
    causes: [],
    findings: [],
    clients: welcomed,
    probes: [accepted],
    budget: { connections: 13, bytesOut: 6100, bytesIn: 4300, ms: 124_000 },
    ...more,
  };
}

export function finding(more: Partial<Finding> = {}): Finding {
  return {
    code: 'ORIGIN_REJECTED',
    title: 'The server refuses your Origin',
    confidence: 'proven',
    severity: 'error',
    detail: '',
    steps: [],
    sections: ['RFC 6455 §10.2'],
    fix: '',
    recipes: [],
    ...more,
  };
}

function answered(
  name: string,
  version: string | undefined,
  role: 'proxy' | 'server',
  wrote: boolean,
  tell = '',
): Respondent['hops'][number] {
  return { name, role, wrote, tell, ...(version !== undefined && { version }) };
}

function refused(text: string, ms: number, more: Partial<Report>): Report {
  return report({
    exit: 2,
    verdict: 'handshake-refused',
    grade: null,
    gradeReason: 'handshake failed',
    stages: [...reached, stage('Upgrade', 'bad', text, ms)],
    clients: [],
    probes: [
      probe('p1', "the user's handshake", {
        request: request('/ws', 'chat.example.com'),
        response: `HTTP/1.1 ${text.slice(0, 3)} No\r\nServer: nginx/1.27.3\r\nContent-Type: text/html\r\n\r\n`,
        result: text.slice(0, 3),
        body: '<html>no</html>',
      }),
    ],
    ...more,
  });
}

/** (a) */
export const healthy: Report = report();

export const gradeB: Report = report({
  grade: 'B',
  gradeReason: 'SEC_ORIGIN_UNCHECKED; without it A',
  stages: [
    ...healthy.stages.slice(0, 7),
    stage('Origin', 'warn', 'https://evil.example gets 101 too'),
    ...healthy.stages.slice(8, 9),
  ],
  findings: [
    finding({
      code: 'SEC_ORIGIN_UNCHECKED',
      title: 'Any page on the web may connect',
      severity: 'warn',
      cap: 'B',
      detail: 'A foreign Origin was let in, and nothing shows that a session belongs to a user.',
      steps: [step('p5', 'Origin: https://evil.example', '101')],
      fix: 'Compare the Origin with a list of your own; or say --public if any page may read.',
    }),
    finding({
      code: 'OPS_SINGLE_FAMILY',
      title: 'The name has no IPv6 address',
      severity: 'note',
      fix: 'Add an AAAA record.',
      sections: [],
    }),
  ],
  budget: { connections: 11, bytesOut: 5300, bytesIn: 3900, ms: 3400 },
});

/** (b) */
export const socketIo: Report = refused('400 Bad Request', 41, {
  target: 'wss://api.example.com/socket.io/',
  causes: [
    finding({
      code: 'ROUTE_SOCKETIO',
      title: 'This is a Socket.IO endpoint, and it does not speak plain WebSocket',
      steps: [
        step('p1', '/socket.io/  with Upgrade', '400  text/html  "Transport unknown"'),
        step('p2', '/socket.io/  no Upgrade', '400  {"code":0,"message":"Transport unknown"}'),
        step('p3', '/socket.io/?EIO=4&transport=websocket', '101  first message 0{"sid":"…"}'),
      ],
      detail: '"Transport unknown" is Engine.IO\'s error 0: the query parameter "transport" is missing.',
      fix: 'Use the socket.io-client package (protocol 4), or add ?EIO=4&transport=websocket and speak its framing.',
    }),
  ],
  respondent: {
    hops: [answered('nginx', '1.27', 'proxy', false), answered('engineio', undefined, 'server', true)],
    confidence: 'strong',
  },
  budget: { connections: 4, bytesOut: 1600, bytesIn: 900, ms: 600 },
});

/** (c) */
export const origin: Report = refused('403 Forbidden', 28, {
  causes: [
    finding({
      steps: [
        step('p1', 'Origin: https://staging.example.com', '403'),
        step('p2', 'Origin: https://chat.example.com', '101'),
        step('p3', 'no Origin', '101'),
      ],
      detail:
        'Only the Origin header changed between these three. A browser always sends it, and page script cannot change it.',
      fix: 'Add https://staging.example.com to the allow-list. Scheme, host and port count.',
      recipes: [
        {
          checked: 'run',
          hop: 'gorilla',
          text: 'Where the upgrader is made:',
          lines: [
            'upgrader.CheckOrigin = func(r *http.Request) bool { return allowed[r.Header.Get("Origin")] }',
          ],
        },
      ],
      remarks: [
        {
          label: 'Note',
          text: 'p3: clients that are not browsers get in without Origin. Fine if they authenticate.',
        },
      ],
    }),
  ],
  respondent: {
    hops: [
      answered('haproxy', undefined, 'proxy', false),
      answered('gorilla', undefined, 'server', true, 'Sec-Websocket-Version on the refusal'),
    ],
    confidence: 'strong',
  },
  budget: { connections: 6, bytesOut: 2300, bytesIn: 1900, ms: 700 },
});

/** (d) */
export const prefix: Report = refused('404 Not Found  "Cannot GET /ws"', 33, {
  target: 'wss://app.example.com/api/ws',
  causes: [
    finding({
      code: 'ROUTE_PREFIX',
      title: 'The path loses "/api" on the way: you asked for /api/ws, the app was asked for /ws',
      confidence: 'strong',
      steps: [
        step('p1', 'GET /api/ws  with Upgrade', '404  text/html  "Cannot GET /ws"', 'X-Powered-By: Express'),
        step('p2', 'GET /api/ws  no Upgrade', '404  same body'),
        step('p3', 'GET /api/zz-probe-7f3', '404  "Cannot GET /zz-probe-7f3"'),
      ],
      detail: 'The error page repeats the path that the app saw. nginx removed the prefix.',
      fix: 'In nginx, no URI part after the port; or mount the socket at /ws in the app.',
      recipes: [
        {
          checked: 'run',
          hop: 'nginx',
          text: 'In the location of the prefix:',
          lines: [
            '  location /api/ {',
            '-     proxy_pass http://127.0.0.1:3000/;',
            '+     proxy_pass http://127.0.0.1:3000;',
            '  }',
          ],
        },
      ],
    }),
  ],
  respondent: {
    hops: [answered('nginx', '1.24', 'proxy', false), answered('express', undefined, 'server', true)],
    confidence: 'strong',
  },
  budget: { connections: 5, bytesOut: 1800, bytesIn: 2100, ms: 800 },
});

/** (e) */
export const stripped: Report = refused('426 Upgrade Required', 6, {
  target: 'ws://intranet.example.com/ws',
  stages: [
    ...reached.slice(0, 2),
    stage('TLS', 'skip', ''),
    stage('Upgrade', 'bad', '426 Upgrade Required', 6),
  ],
  causes: [
    finding({
      code: 'PROXY_UPGRADE_STRIPPED',
      title: 'A WebSocket server answered, but your Upgrade header did not reach it',
      sections: ['RFC 9110 §7.6.1', 'RFC 6455 §4.2.1'],
      steps: [
        step('p1', 'with Upgrade, version 13', '426  text/plain  "Upgrade Required"'),
        step('p2', 'with Upgrade, version 99', '426  the same → it did not read the version either'),
        step('p3', 'without Upgrade', '426  the same'),
      ],
      detail:
        '426 means "send Upgrade". We did, so something between us and the server removed it.\nUpgrade and Connection are hop-by-hop (RFC 9110 §7.6.1): a proxy drops them unless told otherwise.',
      fix: 'Let the proxy forward Upgrade and Connection.',
      recipes: [
        {
          checked: 'run',
          hop: 'nginx',
          text: 'In the location that serves /ws:',
          lines: [
            '+  proxy_http_version 1.1;',
            '+  proxy_set_header Upgrade    $http_upgrade;',
            '+  proxy_set_header Connection $connection_upgrade;',
            '+  proxy_set_header Host       $host;',
          ],
        },
        {
          checked: 'run',
          hop: 'nginx',
          text: 'and once in http { }:',
          lines: ["+  map $http_upgrade $connection_upgrade { default upgrade; '' close; }"],
        },
        {
          checked: 'run',
          hop: 'apache',
          text: 'From 2.4.47 on:',
          lines: ['+  ProxyPass /ws http://127.0.0.1:3000/ws upgrade=websocket', '+  ProxyPreserveHost On'],
        },
        {
          checked: 'run',
          hop: 'haproxy',
          text: 'Nothing to switch on; remove what deletes the field:',
          lines: ['-  http-request del-header Upgrade'],
        },
      ],
    }),
  ],
  findings: [
    finding({
      code: 'SEC_PLAINTEXT',
      title: 'A public endpoint without encryption',
      severity: 'warn',
      cap: 'D',
      fix: 'Serve wss: and redirect.',
      sections: ['RFC 6455 §10.6'],
    }),
  ],
  respondent: {
    hops: [
      answered('nginx', '1.22.1', 'proxy', false),
      answered('ws', undefined, 'server', true, 'text "Upgrade Required"'),
    ],
    confidence: 'strong',
  },
  budget: { connections: 4, bytesOut: 1100, bytesIn: 1300, ms: 500 },
});

/** (f) */
export const upstreamDown: Report = refused('502 Bad Gateway', 4, {
  target: 'wss://live.example.com/stream',
  causes: [
    finding({
      code: 'PROXY_UPSTREAM_DOWN',
      title: 'nginx is up; the application behind it is not listening',
      confidence: 'likely',
      sections: [],
      steps: [
        step('p1', 'with Upgrade', '502 after 4 ms', 'nginx error page'),
        step('p2', 'no Upgrade', '502 after 3 ms', 'same → not a WebSocket problem'),
        step('p3', 'GET /', '200', '→ only this upstream is affected'),
      ],
      detail: '4 ms means the connection was refused at once; a hanging upstream would be 504 after 60 s.',
      fix: 'Start the application, or correct the port in the upstream.',
      remarks: [
        {
          label: 'Look here',
          text: 'the nginx error log at 2026-11-22T12:54:52Z for one of\nconnect() failed (111: Connection refused): start the app; right port?\nrecv() failed (104: Connection reset by peer): the app crashes in the upgrade',
        },
      ],
    }),
  ],
  respondent: {
    hops: [answered('nginx', '1.27.3', 'proxy', true, 'its own error page')],
    confidence: 'strong',
  },
  budget: { connections: 4, bytesOut: 1300, bytesIn: 1500, ms: 500 },
});

/** (g), before the backend was asked. */
export const ambiguous: Report = refused('200 OK  text/html  "<!doctype html>…"', 12, {
  target: 'wss://app.example.com/ws',
  causes: [
    finding({
      code: 'PROXY_UPGRADE_STRIPPED',
      title: 'Nobody on the path read your Upgrade',
      confidence: 'likely',
      steps: [
        step('p1', 'the handshake', '200  text/html', 'sha 51c0…'),
        step('p2', 'no Upgrade', 'the same page'),
        step('p3', 'version 99', 'the same page'),
        step('p4', '/zz-probe-51c', 'the same page'),
      ],
      detail: 'A page for every path, or a proxy that drops Upgrade in front of one: both answer so.',
      fix: 'Let the proxy forward Upgrade.',
      decide:
        'on the server:  handfast reflect :3000   (instead of the app)\nhere:           handfast doctor --reflect wss://app.example.com/ws',
    }),
    finding({
      code: 'ROUTE_SPA_FALLBACK',
      title: 'The web server answers every path with the page of the application',
      confidence: 'likely',
      detail: 'The path is not routed to a WebSocket server at all.',
      fix: 'Route the path to the WebSocket server before the fallback.',
    }),
  ],
  budget: { connections: 5, bytesOut: 1500, bytesIn: 9100, ms: 700 },
});

/** (g), with the reflection. */
export const reflected: Report = refused('reached the backend without Upgrade', 12, {
  target: 'wss://app.example.com/ws',
  causes: [
    finding({
      code: 'PROXY_UPGRADE_STRIPPED',
      title: 'Something on the path removes Upgrade',
      recipes: [
        {
          checked: 'run',
          hop: 'apache',
          text: '',
          lines: [
            '- ProxyPass /ws http://127.0.0.1:3000/ws',
            '+ ProxyPass /ws http://127.0.0.1:3000/ws upgrade=websocket',
            '+ ProxyPreserveHost On',
          ],
        },
      ],
      fix: 'Let the proxy forward Upgrade and Connection.',
    }),
  ],
  respondent: {
    hops: [answered('apache', '2.4', 'proxy', false, 'X-Forwarded-Server, Keep-Alive')],
    confidence: 'strong',
  },
  reflected: [
    { mark: ' ', sent: 'GET /ws HTTP/1.1', seen: 'GET /ws HTTP/1.1' },
    { mark: '~', sent: 'Host: app.example.com', seen: 'Host: 127.0.0.1:3000', code: 'PROXY_HOST_REWRITTEN' },
    { mark: '-', sent: 'Upgrade: websocket', seen: '', code: 'PROXY_UPGRADE_STRIPPED' },
    { mark: '~', sent: 'Connection: Upgrade', seen: 'Connection: Keep-Alive' },
    { mark: ' ', sent: 'Sec-WebSocket-Key: k3…==', seen: 'Sec-WebSocket-Key: k3…==' },
    { mark: '+', sent: '', seen: 'X-Forwarded-For: 198.51.100.7' },
  ],
  budget: { connections: 2, bytesOut: 700, bytesIn: 900, ms: 300 },
});

/** (h) */
export const wrongAccept: Report = refused('101, but Sec-WebSocket-Accept is wrong', 3, {
  target: 'ws://192.168.1.40/ws',
  verdict: 'handshake-invalid',
  causes: [
    finding({
      code: 'RESP_ACCEPT_WRONG',
      subcause: 'WRONG_GUID',
      title: 'The server hashes your key with a wrong GUID',
      sections: ['RFC 6455 §4.2.2'],
      steps: [
        step('', 'key', key),
        step('', 'expected', 'kX3jBtWX0GdxMmpX5n/5ndSAnCo=', 'key + 258EAFA5-E914-47DA-95CA-C5AB0DC85B11'),
        step('', 'received', 'TLjzQXgRIB4IF2bs3D4RbaAu25I=', 'key + 258EAFA5-E914-47DA-95CA-5AB5DC11E65B'),
      ],
      detail:
        'That GUID is not in RFC 6455. It appears in generated code; a client by the same author would agree with it, browsers never will.',
      fix: 'Use the GUID of RFC 6455.\nTest: key dGhlIHNhbXBsZSBub25jZQ== must give s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
      recipes: [
        {
          checked: 'run',
          hop: 'server',
          text: '',
          lines: ['- "258EAFA5-E914-47DA-95CA-5AB5DC11E65B"', '+ "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"'],
        },
      ],
    }),
  ],
  clients: welcomed.map((client) => ({
    ...client,
    outcome: client.client === 'deno' ? 'accepts' : client.client === 'undici' ? 'hangs' : 'refuses',
    ...(client.client === 'chrome' && {
      message: "Error during WebSocket handshake: Incorrect 'Sec-WebSocket-Accept' header value",
    }),
  })),
  budget: { connections: 2, bytesOut: 700, bytesIn: 400, ms: 200 },
});

/** (i) */
export const idleCut: Report = report({
  target: 'wss://feed.example.com/ws',
  exit: 5,
  verdict: 'cut',
  grade: 'B',
  gradeReason: 'IDLE_CUT; without it A',
  stages: [
    ...healthy.stages.slice(0, 4),
    healthy.stages[5]!,
    stage(
      'Idle',
      'bad',
      'A (silent) cut after 60.0 s without a close frame; C (ping every 20 s) still open at 150 s',
    ),
  ],
  causes: [
    finding({
      code: 'IDLE_CUT',
      title: 'Something closes sockets that carry no bytes for 60 seconds',
      cap: 'B',
      sections: [],
      steps: [
        step('A', '', 'last byte 0.03 s · FIN at 60.04 s · no close frame → your code sees close 1006'),
        step('C', '', '7 pings, 7 pongs, alive → it is idleness, not a lifetime limit'),
      ],
      detail: 'The server sent no ping in 150 s.',
      fix: '1. Ping from the server every 25 s (option of the server library).\n2. Raise the smallest timeout on the path.',
      recipes: [
        {
          checked: 'run',
          hop: 'nginx',
          text: '',
          lines: ['+  proxy_read_timeout 3600s;'],
        },
        { checked: 'run', hop: 'haproxy', text: '', lines: ['+  timeout tunnel 1h'] },
      ],
      remarks: [
        {
          label: 'Suspects',
          text: '60 s is the default of nginx (proxy_read_timeout), AWS ALB and Classic ELB. Seen here: nginx/1.27 → likely. The smallest timeout on the path wins.',
        },
      ],
    }),
  ],
  findings: [
    finding({
      code: 'OPS_NO_SERVER_PING',
      title: 'The server sends no pings',
      severity: 'note',
      fix: 'Ping every 25 s.',
      sections: ['RFC 6455 §5.5.2'],
    }),
  ],
  respondent: { hops: [answered('nginx', '1.27', 'proxy', false, 'Server')], confidence: 'strong' },
  budget: { connections: 9, bytesOut: 3100, bytesIn: 2800, ms: 152_000 },
});

export const unreachable: Report = report({
  exit: 3,
  verdict: 'unreachable',
  grade: null,
  gradeReason: 'not reached',
  target: 'wss://nowhere.example/',
  stages: [
    stage('DNS', 'bad', 'no such name', 12),
    stage('TCP', 'skip', ''),
    stage('TLS', 'skip', ''),
    stage('Upgrade', 'skip', ''),
  ],
  causes: [
    finding({
      code: 'DNS_NOT_FOUND',
      title: 'The name does not exist',
      fix: 'Correct the name.',
      sections: [],
      steps: [step('p1', 'A and AAAA', 'NXDOMAIN')],
    }),
  ],
  clients: [],
  probes: [],
  budget: { connections: 0, bytesOut: 0, bytesIn: 0, ms: 12 },
});

/** Text that would break out of any of the formats, control a terminal, or read from right to left. */
export const evil =
  '</script><img src=x onerror=alert(1)> ]]> \x1b[31m\x07 \u202edesrever\u202c &amp; "\' | `` ``` [x](javascript:alert(1)) @everyone #1 \ud800 \uffff';

export const hostile: Report = refused(evil, 1, {
  target: `wss://chat.example.com/?${evil}`,
  gradeReason: evil,
  causes: [
    finding({
      title: evil,
      detail: `${evil}\n${evil}`,
      steps: [step('p1', evil, evil, evil)],
      sections: [evil],
      fix: evil,
      decide: evil,
      recipes: [{ checked: 'run', hop: evil, text: evil, lines: [evil, `+ ${evil}`] }],
      remarks: [{ label: evil.slice(0, 12), text: evil }],
    }),
  ],
  findings: [finding({ code: 'SEC_VERBOSE_ERROR', title: evil, fix: evil, severity: 'warn' })],
  respondent: {
    hops: [{ name: evil, version: evil, role: 'server', wrote: true, tell: evil }],
    confidence: 'possible',
  },
  clients: [{ client: evil, version: evil, outcome: 'refuses', message: evil, code: 'RESP_ACCEPT_WRONG' }],
  reflected: [{ mark: '~', sent: evil, seen: evil, code: evil }],
  probes: [
    probe('p1', evil, {
      request: `GET /${evil} HTTP/1.1\r\nHost: ${evil}\r\n\r\n`,
      response: `HTTP/1.1 403 ${evil}\r\nServer: ${evil}\r\n\r\n`,
      body: evil,
      result: evil,
      end: evil,
      events: [{ atMs: 1, direction: 'in', text: evil }],
    }),
  ],
});

export const all: Readonly<Record<string, Report>> = {
  healthy,
  gradeB,
  socketIo,
  origin,
  prefix,
  stripped,
  upstreamDown,
  ambiguous,
  reflected,
  wrongAccept,
  idleCut,
  unreachable,
  hostile,
};
