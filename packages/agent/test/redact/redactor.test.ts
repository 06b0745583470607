import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Secret } from "../../src/redact/forms.ts";
import { createRedaction, createRedactor } from "../../src/redact/redactor.ts";

const redacted = (secrets: readonly Secret[], text: string | Buffer, cuts: readonly number[] = []): string => {
  const bytes = Buffer.from(text);
  const redactor = createRedactor(secrets);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const parts = places.slice(1).map((end, at) => Buffer.from(redactor.push(bytes.subarray(places[at], end))));
  return Buffer.concat([...parts, redactor.end()]).toString("utf8");
};

const token: Secret = { name: "TOKEN", value: 'sk-ä/b+c "d"\\$e?f&g' };

describe("the forms of a secret", () => {
  const value = token.value;
  const bytes = Buffer.from(value);
  const url = encodeURIComponent(value);
  const forms: Record<string, string> = {
    plain: value,
    hex: bytes.toString("hex"),
    "hex, upper case": bytes.toString("hex").toUpperCase(),
    "hex in groups": bytes.toString("hex").replace(/.{4}(?!$)/g, "$& "),
    url,
    "url, lower case": url.replace(/%../g, (code) => code.toLowerCase()),
    form: new URLSearchParams({ x: value }).toString().slice(2),
    "every byte escaped": [...bytes].map((byte) => `%${byte.toString(16)}`).join(""),
    json: JSON.stringify(value).slice(1, -1),
    "json in json": JSON.stringify(JSON.stringify(value)).slice(3, -3),
    "json in ASCII": JSON.stringify(value).slice(1, -1).replace("ä", "\\u00e4"),
    "double quotes of a shell": value.replace(/[$`"\\]/g, "\\$&"),
  };
  for (const [name, form] of Object.entries(forms))
    test(name, () => assert.equal(redacted([token], `before ${form} after`), "before [TOKEN] after"));

  for (const before of ["", "u", "us", "usr"])
    for (const after of ["", "x", "xy"])
      for (const encoding of ["base64", "base64url"] as const)
        test(`${encoding} with ${before.length} bytes before and ${after.length} after`, () => {
          const text = Buffer.from(before + value + after).toString(encoding);
          const result = redacted([token], text);
          assert.match(result, /^[\w+/-]{0,5}\[TOKEN\][\w+/=-]{0,7}$/);
          const broken = redacted([token], text.replace(/.{5}/g, "$&\r\n"));
          assert.match(broken, /^[\w+/-]{0,5}\s*\[TOKEN\]\s*[\w+/=\s-]{0,11}$/);
        });

  test("the lines of a key in several lines", () => {
    const line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7";
    const secret = { name: "KEY", value: `-----BEGIN KEY-----\n${line}\n${line.toLowerCase()}\n-----END KEY-----\n` };
    assert.equal(redacted([secret], `  ${line}\r\n  ${line.toLowerCase()}\n`), "  [KEY]\r\n  [KEY]\n");
  });

  test("short values are left alone, and a name never tells a value", () => {
    assert.equal(createRedaction([{ name: "PIN", value: "12345" }]), null);
    assert.equal(createRedaction([]), null);
    assert.equal(redacted([{ name: "PASSWORD", value: "PASSWORD" }], "x PASSWORD y"), "x [secret] y");
  });

  test("values that overlap or hold one another leave nothing of either", () => {
    const secrets = [
      { name: "LONG", value: "abcdefghij" },
      { name: "INNER", value: "cdefgh" },
      { name: "NEXT", value: "hijklmn" },
    ];
    assert.equal(redacted(secrets, "_abcdefghijklmn_cdefgh_"), "_[LONG]_[INNER]_");
  });
});

test("what is not the beginning of a secret is told at once", () => {
  const redactor = createRedactor([{ name: "A", value: "QQQQQQQQ" }]);
  assert.equal(redactor.push(Buffer.from("first line\n")).toString(), "first line\n");
  assert.equal(redactor.push(Buffer.from("then QQQ")).toString(), "then ");
  assert.equal(redactor.push(Buffer.from("x")).toString(), "QQQx");
  assert.equal(redactor.push(Buffer.from("Q".repeat(5000))).toString(), "[A]");
  assert.equal(redactor.push(Buffer.from("Q".repeat(5000))).toString(), "", "one stretch is told once");
  assert.equal(redactor.push(Buffer.from(".")).toString(), ".");
});

describe("properties", () => {
  // Few letters make overlaps and near misses; no brackets, of which the replacements consist.
  const value = fc.string({ unit: fc.constantFrom("a", "b", "ä", "/", " "), minLength: 6, maxLength: 12 });
  const secrets = fc
    .array(value, { minLength: 1, maxLength: 3 })
    .map((values) => values.map((text, at): Secret => ({ name: `S${at}`, value: text })))
    .filter((all) => all.every((secret) => secret.value.trim().length >= 6));
  const scene = secrets.chain((all) => {
    const piece = fc.oneof(
      fc.string({ unit: fc.constantFrom("a", "b", "ä", "/", " ", "\n", "%") }),
      ...all.flatMap(({ value: text }) =>
        [
          text,
          text.slice(0, -1),
          text.slice(1),
          Buffer.from(`x${text}`).toString("base64"),
          Buffer.from(text).toString("hex"),
          encodeURIComponent(text),
        ].map((form) => fc.constant(form)),
      ),
    );
    return fc.record({ all: fc.constant(all), text: fc.array(piece).map((pieces) => pieces.join("")) });
  });

  test("cut anywhere, the result is the same, and equals that of a text", () => {
    fc.assert(
      fc.property(scene, fc.array(fc.nat()), ({ all, text }, cuts) => {
        const whole = redacted(all, text);
        assert.equal(redacted(all, text, cuts), whole);
        assert.equal(createRedaction(all)?.text(text), whole);
      }),
      { numRuns: 400 },
    );
  });

  test("no form of a secret is left, and nothing is lost when there was none", () => {
    fc.assert(
      fc.property(scene, ({ all, text }) => {
        const result = redacted(all, text);
        const forms = all.flatMap(({ value: each }) => {
          const plain = each.trim();
          return [plain, encodeURIComponent(plain), Buffer.from(plain).toString("hex")];
        });
        for (const form of forms) assert.ok(!result.includes(form), `${form} is in ${result}`);
        if (!result.includes("[S")) assert.equal(result, text);
      }),
      { numRuns: 400 },
    );
  });
});
