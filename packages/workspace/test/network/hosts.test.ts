import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { normaliseHost, readAuthority } from "../../src/network/host-name.ts";
import { findPattern, readHostPolicy } from "../../src/network/host-patterns.ts";
import { isPublicAddress } from "../../src/network/public-address.ts";

test("a host has one form, however it is written", () => {
  const forms: Record<string, readonly string[]> = {
    "127.0.0.1": [
      ..."127.0.0.1 127.0.0.1. 2130706433 0x7f000001 0x7f.1 127.1 127.0.1 0177.0.0.1 017700000001".split(" "),
      ..."[::ffff:127.0.0.1] ::ffff:7f00:1 %31%32%37.0.0.1 １２７.0.0.1".split(" "),
    ],
    "::1": ["::1", "[::1]", "0:0:0:0:0:0:0:1", "[0000::0001]"],
    "example.org": ["example.org", "EXAMPLE.Org", "example.org.", "ｅxample.org", "ex%61mple.org"],
    "xn--bcher-kva.example": ["bücher.example", "BÜCHER.example", "xn--bcher-kva.example"],
    a_b: ["a_b"],
  };
  for (const [form, spellings] of Object.entries(forms)) {
    for (const spelling of spellings) assert.equal(normaliseHost(spelling), form, spelling);
  }
});

test("what is no host is refused", () => {
  const texts = [
    ..."127。0。0。1|.||..|a..b|a..|.a|a b|a/b|a\\b|a@b|a?b|a#b|a:b|a%00b|a%0d%0ab|[::1|::1]|[::1%25eth0]|fe80::1%eth0|1.2.3.4.5|256.1|foo.0x7f".split(
      "|",
    ),
    ...["a\nb", "a\tb", "a\r\nHost: b", "a\0b", "[]", "[1.2.3.4]", "x".repeat(300)],
  ];
  for (const text of texts) assert.equal(normaliseHost(text), null, JSON.stringify(text));
  for (const text of ["a:0", "a:65536", "a:99999", "a:", "a:-1", "a:80:80", "a", ":80", "::1:80", "a:8 0", "u@a:80"]) {
    assert.equal(readAuthority(text, null), null, text);
  }
  assert.deepEqual(readAuthority("[::1]:80", null), { host: "::1", port: 80 });
});

test("the form of a form is itself", () => {
  const text = fc.oneof(
    fc.string(),
    fc.domain(),
    fc.ipV4(),
    fc.ipV4Extended(),
    fc.ipV6(),
    fc.nat({ max: 2 ** 32 }).map(String),
  );
  fc.assert(
    fc.property(text, (written) => {
      const host = normaliseHost(written);
      if (host !== null) assert.equal(normaliseHost(host), host);
    }),
  );
});

test("only addresses of the public internet are public", () => {
  const others = `0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1 192.0.0.8
    198.18.0.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 192.0.2.1 203.0.113.9 :: ::1 ::2 fc00::1 fd12:3456::1 fe80::1 fec0::1
    ff02::1 100::1 2001:db8::1 2001::1 2002:7f00:1:: 2002:a00:1::1 2002:c0a8:101:: 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 3fff::1
    ::7f00:1 example.org`;
  for (const address of others.split(/\s+/)) assert.equal(isPublicAddress(address), false, address);
  const open =
    "1.1.1.1 8.8.8.8 172.32.0.1 100.128.0.1 192.169.0.1 2606:4700::1111 2a00:1450:4001::1 2002:808:808:: 64:ff9b::808:808";
  for (const address of open.split(" ")) assert.equal(isPublicAddress(address), true, address);
});

const policyOf = (allow: readonly string[], deny: readonly string[] = []) =>
  readHostPolicy({ kind: "domains", allow, deny, methods: "all" });

test("entries match names, what is below them, ports and addresses", () => {
  const matching = (entry: string, host: string, port = 443): boolean => {
    const policy = policyOf([entry]);
    assert.ok(typeof policy !== "string", entry);
    return findPattern(policy.allow, { host, port }) !== undefined;
  };
  const cases: readonly (readonly [entry: string, host: string, matches: boolean, port?: number])[] = [
    ["example.org", "example.org", true],
    ["Example.ORG.", "example.org", true],
    ["example.org", "a.example.org", false],
    ["example.org", "badexample.org", false],
    ["*.example.org", "a.b.example.org", true],
    ["*.example.org", "example.org", false],
    ["*.example.org", "badexample.org", false],
    ["**.example.org", "example.org", true],
    ["**.example.org", "a.example.org", true],
    ["*", "anything.test", true],
    ["bücher.example", "xn--bcher-kva.example", true],
    ["example.org:8080", "example.org", false],
    ["example.org:8080", "example.org", true, 8080],
    ["[::1]:80", "::1", true, 80],
    ["::1", "::1", true],
    ["0x7f.1", "127.0.0.1", true],
  ];
  for (const [entry, host, expected, port] of cases)
    assert.equal(matching(entry, host, port), expected, `${entry} ${host}`);
});

test("a port that cannot be is said", () => {
  for (const port of [0, 65536, 99999, 123456]) {
    const policy = policyOf([`a.example:${port}`]);
    assert.equal(
      policy,
      `the entry "a.example:${port}" in the network's allow list names the port ${port}, but ports go from 1 to 65535`,
    );
  }
});

test("an entry that is no host is an error that names it", () => {
  for (const entry of [
    "https://example.org",
    "a b",
    "",
    "*.",
    "**",
    "a.*.b",
    "*example.org",
    "*.1.2.3.4",
    "a:0",
    "x/y",
  ]) {
    for (const policy of [policyOf([entry]), policyOf([], [entry])]) {
      assert.ok(typeof policy === "string" && policy.includes(JSON.stringify(entry)), entry);
    }
  }
});
