// Where targets come from: arguments, a curl command among them, and the lines of a file; and what flags mean to the engine.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Command } from 'commander';
import { addFlags, diagnoseOptions, type Flags } from '../../src/cli/doctor/flags.js';
import { commandArguments, givenFlags, targetsIn, targetsInFile } from '../../src/cli/doctor/targets.js';

function flagged(...words: string[]) {
  const command = addFlags(new Command('doctor')).argument('[url...]').exitOverride();
  command.parse(commandArguments(['node', 'doctor', ...words]));
  return { operands: command.args, given: givenFlags(command) };
}

function targets(...words: string[]) {
  const { operands, given } = flagged(...words);
  return targetsIn(operands, given);
}

async function options(...words: string[]) {
  return diagnoseOptions(flagged(...words).given.flags);
}

describe('arguments', () => {
  test('what stands behind curl is the command', () => {
    const words = (text: string) => commandArguments(['node', 'main', 'doctor', ...text.split(' ')]).slice(3);
    assert.deepEqual(words('--json curl https://h -k'), ['--json', '--', 'curl', 'https://h', '-k']);
    assert.deepEqual(words('--json -- curl https://h -k'), ['--json', '--', 'curl', 'https://h', '-k']);
    assert.deepEqual(words('--profile curl wss://h'), ['--profile', 'curl', 'wss://h']);
    assert.deepEqual(words('--profile curl curl h'), ['--profile', 'curl', '--', 'curl', 'h']);
  });

  test('--reflect takes a token, but no URL and no command for one', () => {
    assert.equal(flagged('--reflect', 'wss://h').given.flags.reflect, '');
    assert.deepEqual(flagged('--reflect', 'wss://h').operands, ['wss://h']);
    assert.equal(flagged('--reflect', 'token', 'wss://h').given.flags.reflect, 'token');
    assert.equal(flagged('--reflect', 'curl', 'h').given.flags.reflect, '');
    assert.equal(flagged('wss://h', '--reflect').given.flags.reflect, true);
    assert.equal(flagged('wss://h').given.flags.reflect, undefined);
  });

  test('other commands keep their words', () => {
    const words = ['node', 'main', 'explain', 'curl'];
    assert.deepEqual(commandArguments(words), words);
  });

  test('URLs share the flags', () => {
    const found = targets('wss://a', '--cookie', 'c=1', 'wss://b');
    assert.ok(typeof found === 'object');
    assert.deepEqual(
      found.map(({ url, flags }) => [url, flags.cookie]),
      [
        ['wss://a', 'c=1'],
        ['wss://b', 'c=1'],
      ],
    );
  });

  test('a curl command, as words or as one argument; our own flags win', () => {
    for (const words of [
      ['--origin', 'https://o', 'curl', 'https://h', '-H', 'Origin: https://p', '-H', 'A: b', '-k'],
      ['--origin', 'https://o', "curl 'https://h' -H 'Origin: https://p' -H 'A: b' -k"],
      ["curl 'https://h' -H 'Origin: https://p' -H 'A: b' -k", '--origin', 'https://o'],
    ]) {
      const found = targets('--header', 'C: d', ...words);
      assert.ok(typeof found === 'object' && found.length === 1);
      const { url, flags } = found[0]!;
      assert.deepEqual([url, flags.origin, flags.insecure], ['wss://h', 'https://o', true]);
      assert.deepEqual(flags.header, ['A: b', 'C: d']);
    }
    assert.equal(targets("curl 'https://h"), "the quote ' has no end");
    assert.match(targets('curl', 'https://h', '--data', 'x') as string, /--data/);
  });
});

describe('a file of targets', () => {
  const text = `\ufeff# ours
wss://a/ws --origin https://a.example --min-grade A
  wss://b/ws --header 'X-Team: the "B" team' --no-deflate

curl 'https://c/ws' -H 'Origin: https://c.example'
wss://d/1 wss://d/2 --fail-on never
`;

  test('a URL and flags a line, or a curl command', () => {
    const found = targetsInFile('t.txt', text, flagged('--cookie', 'c=1', '--header', 'A: b').given);
    assert.ok(typeof found === 'object', String(found));
    const shown = found.map(({ url, flags }) => [url, flags.origin, flags.header, flags.cookie]);
    assert.deepEqual(shown, [
      ['wss://a/ws', 'https://a.example', ['A: b'], 'c=1'],
      ['wss://b/ws', undefined, ['A: b', 'X-Team: the "B" team'], 'c=1'],
      ['wss://c/ws', 'https://c.example', ['A: b'], 'c=1'],
      ['wss://d/1', undefined, ['A: b'], 'c=1'],
      ['wss://d/2', undefined, ['A: b'], 'c=1'],
    ]);
    assert.deepEqual([found[0]!.flags.minGrade, found[1]!.flags.deflate], ['A', false]);
    assert.deepEqual([found[3]!.flags.failOn, found[4]!.flags.failOn], ['never', 'never']);
  });

  test('a line that is wrong is named', () => {
    const { given } = flagged();
    for (const [line, wanted] of [
      ['wss://a --nope', /^t:2: unknown option '--nope'$/],
      ['wss://a --idle x', /^t:2: option '--idle <seconds>' argument 'x' is invalid/],
      ["wss://a 'b", /^t:2: the quote ' has no end$/],
      ['--own', /^t:2: missing required argument/],
      ['wss://a --json', /^t:2: unknown option '--json'$/],
    ] as const)
      assert.match(targetsInFile('t', `# first\n${line}\n`, given) as string, wanted);
    assert.equal(targetsInFile('t', '# nothing\n', given), 't has no target');
  });
});

describe('flags as options of the engine', () => {
  test('without any flag nothing is asked for', async () => {
    assert.deepEqual(await options('wss://h'), {
      headers: [],
      subprotocols: [],
      deflate: true,
      insecure: false,
      own: false,
      guess: false,
      public: false,
      showSecrets: false,
      tls: {},
    });
  });

  test('each flag', async () => {
    const given =
      '--header A:b --cookie c=1 --origin https://o --protocol a,b --no-deflate --profile chrome --proxy http://p:1 --direct h:1 --resolve 10.0.0.1 --insecure --page https://o/p --idle 120 --expect-open 1.5 --timeout 7 --max-connections 5 --reflect=t --own --guess --public --show-secrets';
    assert.deepEqual(await options(...given.split(' ')), {
      headers: [['A', 'b']],
      cookie: 'c=1',
      origin: 'https://o',
      subprotocols: ['a', 'b'],
      deflate: false,
      profile: 'chrome',
      proxy: 'http://p:1',
      direct: 'h:1',
      resolve: '10.0.0.1',
      insecure: true,
      page: 'https://o/p',
      idleMs: 120_000,
      expectOpenMs: 1500,
      timeoutMs: 7000,
      maxConnections: 5,
      reflect: 't',
      own: true,
      guess: true,
      public: true,
      showSecrets: true,
      tls: {},
    });
  });

  test('none of it: no Origin, no proxy; reflect without a token', async () => {
    const found = await options('--no-origin', '--no-proxy', '--reflect', 'wss://h');
    assert.ok(typeof found === 'object');
    assert.deepEqual([found.origin, found.proxy, found.reflect], [null, null, true]);
  });

  test('--resolve as curl has it', async () => {
    for (const [given, wanted] of [
      ['h:443:10.0.0.1', '10.0.0.1'],
      ['h:443:[::1]', '::1'],
      ['::1', '::1'],
      ['[::1]', '::1'],
    ] as const) {
      const found = await options('--resolve', given);
      assert.ok(typeof found === 'object');
      assert.equal(found.resolve, wanted, given);
    }
  });

  test('what is of no use is said, secrets are not', async () => {
    const flags = (more: Partial<Flags>) => ({ ...flagged().given.flags, ...more });
    assert.match(
      (await options('--ca', '/no/such/file')) as string,
      /--ca: \/no\/such\/file cannot be read \(ENOENT\)/,
    );
    const colon = (await diagnoseOptions(flags({ header: ['secret without a colon'] }))) as string;
    assert.match(colon, /colon/);
    assert.doesNotMatch(colon, /secret/);
    assert.equal(await diagnoseOptions(flags({ cert: 'package.json' })), '--cert and --key go together');
  });
});
