// A pasted curl command: how its words are read from each kind of shell, and what it asks.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readCurl } from '../../src/cli/curl.js';
import { shellWords } from '../../src/cli/shell-words.js';

describe('words', () => {
  const cases: readonly [string, string, readonly string[] | string][] = [
    ['plain', 'curl  wss://h/ \t-k\n', ['curl', 'wss://h/', '-k']],
    ['single quotes', `curl 'a b' 'c"d' ''`, ['curl', 'a b', 'c"d', '']],
    ['a quote within single quotes', `'it'\\''s'`, ["it's"]],
    ['double quotes', `"a \\"b\\" \\\\ \\$c \\n \\\nd"`, ['a "b" \\ $c \\n d']],
    ['escapes outside of quotes', 'a\\ b \\"c\\"', ['a b', '"c"']],
    ['line continuation', "curl 'x' \\\n  -H 'A: b' \\\r\n  -k", ['curl', 'x', '-H', 'A: b', '-k']],
    ['joined parts', `a'b'"c"$'d'\\e`, ['abcde']],
    ["$'…'", `$'it\\'s \\u0021 \\x41 \\101 \\n\\t \\\\'`, ["it's ! A A \n\t \\"]],
    ['a dollar that is nothing', 'a$b $', ['a$b', '$']],
    ['nothing is expanded', '"$HOME `id`" *', ['$HOME `id`', '*']],
    ['an open single quote', "curl 'a b", "the quote ' has no end"],
    ['an open double quote', 'curl "a b', 'the quote " has no end'],
    ['a backslash at the end', 'a\\', 'the quote \\ has no end'],
    ['nothing', ' \n ', []],
    [
      'cmd.exe as Chrome copies it',
      'curl ^"https://h/ws?a=1^&b=2^" ^\r\n  -H ^"Origin: https://p.example^" ^\r\n  -H ^"X: ^\\^"q^\\^" 100^%^" -k',
      ['curl', 'https://h/ws?a=1&b=2', '-H', 'Origin: https://p.example', '-H', 'X: "q" 100%', '-k'],
    ],
    [
      'cmd.exe with plain quotes',
      'curl "https://h/a^b" ^\n -H "A: \\"q\\" c:\\dir\\\\" ""',
      ['curl', 'https://h/a^b', '-H', 'A: "q" c:\\dir\\', ''],
    ],
    ['cmd.exe, an open quote', 'curl ^"abc ^\n d', 'the quote " has no end'],
  ];
  for (const [name, text, wanted] of cases) {
    test(name, () => assert.deepEqual(shellWords(text), wanted));
  }
});

function read(text: string) {
  const words = shellWords(text);
  assert.ok(typeof words === 'object');
  return readCurl(words.slice(1));
}

const nothing = { header: [], origin: false, protocol: [], deflate: false } as const;

describe('what a command asks', () => {
  test('as Chrome copies it: the fields of the handshake are left to the doctor', () => {
    const chrome = `curl 'wss://chat.example.com/ws?room=1' \\
  -H 'Upgrade: websocket' \\
  -H 'Origin: https://app.example.com' \\
  -H 'Cache-Control: no-cache' \\
  -H 'Accept-Language: de' \\
  -b 'sid=1; theme=dark' \\
  -H 'Connection: Upgrade' \\
  -H 'Sec-WebSocket-Key: kvnrtHTsjR8JeMdpGnK9ZQ==' \\
  -H 'User-Agent: Mozilla/5.0' \\
  -H 'Sec-WebSocket-Version: 13' \\
  -H 'Sec-WebSocket-Protocol: chat, superchat' \\
  -H 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'`;
    assert.deepEqual(read(chrome), {
      url: 'wss://chat.example.com/ws?room=1',
      flags: {
        header: ['Cache-Control: no-cache', 'Accept-Language: de', 'User-Agent: Mozilla/5.0'],
        origin: 'https://app.example.com',
        cookie: 'sid=1; theme=dark',
        protocol: ['chat', 'superchat'],
        deflate: true,
      },
    });
  });

  test('without Origin and extensions it asks without', () => {
    assert.deepEqual(read('curl https://h/'), { url: 'wss://h/', flags: nothing });
  });

  test('URLs: http is ws, no scheme is http, --url', () => {
    for (const [given, wanted] of [
      ['http://h:1/', 'ws://h:1/'],
      ['HTTPS://h/', 'wss://h/'],
      ['ws://h/', 'ws://h/'],
      ['h:8080/ws', 'ws://h:8080/ws'],
      ['--url https://h/', 'wss://h/'],
    ])
      assert.equal((read(`curl ${given}`) as { url: string }).url, wanted);
  });

  test('options that have a flag of ours', () => {
    const command =
      'curl -k -x proxy.example:3128 --cacert ca.pem -E me.pem --key me.key --resolve h:443:10.0.0.1 -m 7 --compressed -u me:pw -A agent -e https://r/ https://h/';
    assert.deepEqual(read(command), {
      url: 'wss://h/',
      flags: {
        ...nothing,
        insecure: true,
        proxy: 'http://proxy.example:3128',
        ca: 'ca.pem',
        cert: 'me.pem',
        key: 'me.key',
        resolve: 'h:443:10.0.0.1',
        timeout: 7,
        header: [
          'Accept-Encoding: deflate, gzip, br, zstd',
          'Authorization: Basic bWU6cHc=',
          'User-Agent: agent',
          'Referer: https://r/',
        ],
      },
    });
    assert.equal(
      (read('curl -x socks5://p:1 h') as { flags: { proxy: string } }).flags.proxy,
      'socks5://p:1',
    );
    assert.equal((read("curl --noproxy '*' h") as { flags: { proxy: boolean } }).flags.proxy, false);
  });

  test('letters in one word, values that follow at once, talk that is read over', () => {
    const bundled = read("curl -sSLkXGET -H'A: b' -iNv --http1.1 -o /dev/null https://h/");
    assert.deepEqual(bundled, {
      url: 'wss://h/',
      flags: { ...nothing, insecure: true, header: ['A: b'] },
    });
  });

  test('Host is asked for first, empty and HTTP/2 fields are left out', () => {
    assert.deepEqual(read("curl -H 'A: b' -H 'Host: other' -H 'X;' -H 'Y:' -H ':authority: h' https://h/"), {
      url: 'wss://h/',
      flags: { ...nothing, header: ['Host: other', 'A: b'] },
    });
  });

  test('what is no handshake is refused by name, never with a value', () => {
    for (const [command, wanted] of [
      ["curl https://h/ --data 'secret=1'", /^curl's --data says nothing/],
      ['curl https://h/ -d secret', /^curl's -d says nothing/],
      ['curl', /no URL/],
      ['curl https://a/ https://b/', /more than one URL/],
      ['curl https://a/ -H', /--header lacks its value/],
    ] as const) {
      const problem = read(command);
      assert.ok(typeof problem === 'string');
      assert.match(problem, wanted);
      assert.doesNotMatch(problem, /secret/);
    }
  });
});
