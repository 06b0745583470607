import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { isReadOnlyScript } from "../../src/shell/read-only-script.ts";

const reading = [
  "ls -la",
  "cat a.txt | head -20",
  "rg -n 'foo bar' src && echo found",
  "find . -name '*.ts' -type f | xargs-free || true; wc -l x".replace("xargs-free", "sort"),
  "sed -n '1,20p' file.ts",
  "sed -n -e 5p -e '/a;*b/p' x".replace(";*", ".*"),
  "git status --short 2>/dev/null",
  "git -C sub --no-pager log --oneline -5",
  "git branch --list -a",
  "git diff HEAD~1 -- src 2>&1 | cat",
  "for f in *.json; do jq .name $f; done",
  "if [ -f package.json ]; then cat package.json; elif test -d x; then ls x; else echo none; fi",
  "cd sub && pwd",
  'echo "$(git rev-parse HEAD)" $((1 + 2))',
  "(ls; cat x) > /dev/null",
  "cat <<'EOF'\n$(rm x)\nEOF",
  "diff <(sort a) <(sort b)",
  "while read -r line; do echo $line; done < input",
  "! grep -q foo bar",
  "time ls",
  "n=5; head -$n file",
  "date +%s",
  "node --version; npm -v",
  "[[ -f x && $y == z ]]",
  "printf '%s\\n' a b",
  "git log --oneline --output-indicator-new=+",
  "git log -SOutput",
];

const writing = [
  "",
  "rm x",
  "r\\m x",
  "'r'm x",
  "echo a > x",
  "echo a >> x",
  "echo a >| x",
  "echo a &> x",
  "cat <> x",
  ": > $x",
  "exec 3> x",
  "find . -delete",
  "find . $ACTION",
  "find *",
  "find {a,-delete}",
  "sort ?x",
  "git log [a-z]*",
  "find ~/x -name y",
  "find . -exec rm {} +",
  "find . -fprint x",
  "rg --pre ./run x",
  "sort -o x x",
  "sort -ro x x",
  "uniq a b",
  "sed -i s/a/b/ x",
  "sed s/a/b/ x",
  "sed -n 'w out' x",
  "sed -n '1e touch x' y",
  "sed -n 's/a/b/w out' y",
  "git commit -m x",
  "git -c core.pager=x log",
  "git --git-dir=x log",
  "git diff --output=x",
  "git branch new",
  "git tag v1",
  "git stash",
  "git config user.name x",
  "git grep -O foo",
  "git grep -nO./x foo",
  "git grep --open=./x foo",
  "git diff --outp=x",
  "git log --ext",
  "git stash list --outpu=x",
  "$CMD x",
  "eval ls",
  "bash -c ls",
  "f() { ls; }; f",
  "PATH=. ls",
  "npm_config_prefix=. npm -v",
  "GIT_EXTERNAL_DIFF=x git diff",
  "LD_PRELOAD=x ls",
  "export A=b",
  "ls $(rm x)",
  "ls `rm x`",
  'ls "${a:-$(rm x)}"',
  "echo ${a:=$(rm x)}",
  "cat <(rm x)",
  "ls > >(tee x)",
  "ls &",
  "coproc ls",
  "cat <<EOF\n$(rm x)\nEOF",
  "cat <<< $(rm x)",
  "for PATH in a; do ls; done",
  "echo $((a[$(rm x)]))",
  "echo $((x))",
  "echo ${x@P}",
  "echo ${a[$(rm x)]}",
  "printf -v 'a[$(rm x)]' y",
  "printf -v'a[$(rm x)]' y",
  "printf -vx y",
  "test -v 'a[$(rm x)]'",
  "[ '5[`'",
  "echo 'a[$(rm x)]'; [ x ]",
  "[[ x -eq y ]]",
  "read 'a[$(rm x)]'",
  "case x in $(rm x)) ls;; esac",
  "echo 'unterminated",
  "date -s 10:00",
  "date 010100002030",
  "env rm x",
  "tee x",
  "cat < /dev/tcp/1.2.3.4/80",
  "file -C -m x",
  "file --comp -m x",
  "echo code | python3 -v",
  "./ls",
  "ls | xargs rm",
  "trap 'rm x' EXIT",
  "{ ls; } > x",
  "a=(1 $(rm x))",
  "hostname evil",
];

for (const script of reading) test(`only reads: ${script}`, () => assert.equal(isReadOnlyScript(script), true));
for (const script of writing) test(`may write: ${script}`, () => assert.equal(isReadOnlyScript(script), false));

/** Ways to put a command into a script, `@` being its place. */
const nestings = [
  "@",
  "ls; @",
  "@; ls",
  "ls && @",
  "false || @",
  "(@)",
  "{ @; }",
  "! @",
  "time @",
  "@ | cat",
  "cat x | @",
  "@ &",
  "if @; then ls; fi",
  "if ls; then @; else ls; fi",
  "if ls; then ls; elif @; then ls; fi",
  "for f in a b; do @; done",
  "while @; do ls; done",
  "case a in b) @;; esac",
  "echo $(@)",
  'echo "$(@)"',
  'echo "a ${b:-$(@)}"',
  "cat <(@)",
  "cat <<< $(@)",
  "cat <<EOF\n$(@)\nEOF\n",
  "{ @; } 2>/dev/null",
  "[[ -n $(@) ]]",
  "a=$(@)",
  "ls {a,$(@)}",
  "ls @($(@))".replace("@(", "+("),
];
const writers = ["rm -rf x", "echo hi > file", "touch y", "git commit -qm x", "sed -i s/a/b/ f", "mv a b", "npm test"];

test("a command that writes is seen in every nesting", async () => {
  const script = fc
    .tuple(fc.constantFrom(...writers), fc.array(fc.constantFrom(...nestings), { maxLength: 4 }))
    .map(([writer, layers]) => layers.reduce((inner, layer) => layer.replace("@", () => inner), writer));
  await fc.assert(
    fc.property(script, (text) => !isReadOnlyScript(text)),
    { numRuns: 2000 },
  );
});

test("the nestings themselves are understood, so that the property above is about the writer", () => {
  const background = new Set(["@ &"]);
  for (const nesting of nestings) {
    const expected = !background.has(nesting);
    assert.equal(isReadOnlyScript(nesting.replace("@", "ls")), expected, nesting);
  }
});

test("never throws", async () => {
  const shellish = fc.string({ unit: fc.constantFrom(..."abc $(){}[]|&;<>\"'`\\\n#!=*~-") });
  await fc.assert(
    fc.property(shellish, (text) => {
      isReadOnlyScript(text);
    }),
    { numRuns: 2000 },
  );
});
