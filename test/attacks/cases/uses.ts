import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Ran, Use } from "../attack.ts";
import { linkWorkspace, makeRepository, type Scene } from "../scene.ts";

const says =
  (text: string | RegExp) =>
  (_scene: Scene, ran: Ran): boolean =>
    ran.code === 0 && (typeof text === "string" ? ran.output.includes(text) : text.test(ran.output));

const use = (name: string, script: string, works: Use["works"] = says("fine"), prepare?: Use["prepare"]): Use => ({
  name,
  script: () => script,
  works,
  ...(prepare ? { prepare } : {}),
});

const inRepository = (name: string, script: string): Use =>
  use(name, `set -e; ${script}; echo fine`, says("fine"), (s) => makeRepository(s));

export const uses: readonly Use[] = [
  use("node", `node -e 'console.log("fine")'`),
  use("node: a child by execSync", `node -e 'console.log(require("child_process").execSync("echo fine").toString())'`),
  use(
    "node: worker threads",
    `node -e 'const { Worker } = require("worker_threads"); new Worker("require(\\"worker_threads\\").parentPort.postMessage(1)", { eval: true }).on("message", () => console.log("fine"))'`,
  ),
  use(
    "node: a server and a client",
    `node -e 'const http = require("http"); const s = http.createServer((q, r) => r.end("fine")).listen(0, "127.0.0.1", () => http.get({ port: s.address().port }, (r) => r.on("data", (d) => { console.log(String(d)); s.close() })))'`,
  ),
  use("npm: a script of the package", `echo '{"scripts":{"test":"echo fine"}}' > package.json; npm test`),
  use(
    "npm: a package from a folder",
    `mkdir p; echo '{"name":"p","version":"1.0.0","main":"i.js"}' > p/package.json; echo 'module.exports="fine"' > p/i.js; echo '{"name":"w"}' > package.json; npm install --offline --no-audit --no-fund ./p >/dev/null 2>&1; node -p 'require("p")'`,
  ),
  use("python", `/usr/bin/python3 -c 'import subprocess; print(subprocess.check_output(["echo", "fine"]).decode())'`),
  use(
    "python: processes with a shared lock",
    `/usr/bin/python3 -c '
import multiprocessing as m
def f(l, v):
    with l: v.value += 1
l = m.Lock(); v = m.Value("i", 0); p = [m.Process(target=f, args=(l, v)) for _ in range(4)]
[x.start() for x in p]; [x.join() for x in p]; print("fine" if v.value == 4 else "bad")'`,
  ),
  use(
    "python: a database file",
    `/usr/bin/python3 -c 'import sqlite3; c = sqlite3.connect("d.sqlite"); c.execute("pragma journal_mode=wal"); c.execute("create table t(x)"); c.execute("insert into t values(1)"); c.commit(); print("fine" if c.execute("select count(*) from t").fetchone()[0] == 1 else "bad")'`,
  ),
  use(
    "a compiler",
    `printf '#include <stdio.h>\\nint main(void) { puts("fine"); return 0; }\\n' > a.c && cc -o a a.c && ./a`,
  ),
  use("make", `printf 'all: b\\n\\t@cat b\\nb:\\n\\t@echo fine > b\\n' > Makefile && make -j2`),
  inRepository(
    "git: status, diff, add, commit, log",
    'echo 1 > a; git status --short | grep -q a; git add a; git diff --cached --quiet && exit 1; git commit -qm two; git log --oneline | grep -q two; test -z "$(git status --short)"',
  ),
  inRepository(
    "git: branches, switching, merging, tags",
    "git switch -qc topic; echo 1 > a; git add a; git commit -qm t; git switch -q -; git branch other; git merge -q --no-ff -m merged topic; git tag v1; git tag -a v2 -m v2; git describe | grep -q v2",
  ),
  inRepository(
    "git: stash and rebase",
    "echo 1 > a; git add a; git commit -qm 1; echo 2 > a; git stash -q; git stash pop -q; git commit -qam 2; git switch -qc t HEAD~1; echo 3 > b; git add b; git commit -qm 3; git rebase -q -; GIT_SEQUENCE_EDITOR=: git rebase -q -i HEAD~2",
  ),
  inRepository(
    "git: a worktree added, used and removed",
    "git worktree add -q wt -b wt; git worktree list | grep -q wt; cd wt; echo 1 > a; git add a; git commit -qm w; cd ..; git worktree remove wt; git worktree list | grep -q '\\[wt\\]' && exit 1; git log wt --oneline | grep -q w",
  ),
  inRepository(
    "git: a nested repository made, cloned and removed",
    "git init -q n; cd n; echo 1 > a; git add a; git commit -qm n; cd ..; git clone -q n c; test -f c/a; rm -rf n c; git gc -q",
  ),
  use(
    "git: in a linked worktree",
    `set -e; echo 1 > a; git add a; git commit -qm inside; git log --oneline | grep -q inside; git switch -qc more; echo fine`,
    says("fine"),
    (s) => {
      linkWorkspace(s);
    },
  ),
  use(
    "a file of 50 MB",
    "head -c 50000000 /dev/zero > big && sync -d big && wc -c < big",
    (s, ran) => ran.code === 0 && statSync(join(s.workspace, "big")).size === 50_000_000,
  ),
  use("a million lines of output", "seq 1000000", says(/\n999999\n1000000\n$/)),
  use(
    "files that programs make for a while",
    `f=$(mktemp) && d=$(mktemp -d) && echo fine > $f && mv $f $d/x && cat $d/x && echo "$TMPDIR" | grep -q /`,
  ),
  use("the home folder can be written for a while", "echo fine > ~/.some-tool && cat ~/.some-tool"),
  use("a lock on a file", `flock lock sh -c 'flock -n lock true && echo bad || echo fine'`),
  use(
    "a local socket",
    `perl -MIO::Socket::UNIX -e 'for my $p ("s.sock", "/tmp/s.sock") { my $l = IO::Socket::UNIX->new(Local => $p, Listen => 1) or die; if (!fork) { my $c = IO::Socket::UNIX->new(Peer => $p) or die; print $c "x"; exit } my $c = $l->accept or die; unlink $p } print "fine"'`,
  ),
  use("a named pipe", "mkfifo p && (echo fine > p &) && cat p"),
  use("jobs in the background", "sleep 0.1 & a=$!; (exit 3) & b=$!; wait $a; wait $b; [ $? = 3 ] && echo fine"),
  use(
    "/dev and process substitution",
    "cat <(echo fine) > /dev/stdout; head -c 4 /dev/urandom > /dev/null; echo x > /dev/stderr; exec 3< <(echo y); read z <&3",
  ),
  use("a terminal", `script -qec 'tty && stty size' /dev/null && echo fine`, says(/pts\/\d+[\s\S]*fine/)),
  use("names with blanks and other letters", "mkdir 'a b' && echo fine > 'a b/naïve ☕' && cat 'a b/naïve ☕'"),
  use(
    "links, modes and programs in the tree",
    "echo 'echo fine' > t.sh && chmod +x t.sh && ln -s t.sh l && ln t.sh h && sh ./l && test -x h",
  ),
  use("archives", "mkdir d && echo fine > d/f && tar czf d.tgz d && rm -r d && tar xzf d.tgz && cat d/f"),
  use(
    "processes are listed and signalled",
    "sleep 60 & p=$!; ps -o pid= -p $p >/dev/null && kill $p; wait $p; [ $? = 143 ] && echo fine",
  ),
  use("exit codes and signals", "sh -c 'exit 41'", (_s, ran) => ran.code === 41),
  use(
    "what it writes is there for the user",
    "mkdir -p src/deep && echo kept > src/deep/f && rm -f gone && mv old new",
    (s) =>
      readFileSync(join(s.workspace, "src/deep/f"), "utf8") === "kept\n" &&
      !existsSync(join(s.workspace, "gone")) &&
      existsSync(join(s.workspace, "new")),
    (s) => {
      s.write(join(s.workspace, "gone"), "");
      s.write(join(s.workspace, "old"), "");
    },
  ),
];
