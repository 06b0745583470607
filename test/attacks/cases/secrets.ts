import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Attack, reached, saysReached } from "../attack.ts";
import { chownToUser, identity, makeRepository, type Scene } from "../scene.ts";

const secret = (name: string, script: Attack["script"], more: Partial<Attack> = {}): Attack => ({
  name,
  class: "secrets",
  severe: true,
  script,
  escaped: (scene, ran) => ran.output.includes(scene.secret),
  ...more,
});

const inHome = (path: string): Attack =>
  secret(
    `~/${path}`,
    (s) => `cat ~/${path} ${s.home}/${path} /proc/self/root${s.home}/${path} /proc/1/root${s.home}/${path}`,
    {
      prepare: (s) => {
        s.write(join(s.home, path), `token = ${s.secret}\n`, 0o600);
      },
    },
  );

const inShared = (folder: string): Attack => {
  const places = new WeakMap<Scene, string>();
  return secret(
    `a file in the host's ${folder}`,
    (s) => `cat ${places.get(s)}/file; grep -r secret- ${places.get(s)}`,
    {
      prepare: (s) => {
        const place = mkdtempSync(join(folder, "fettle-attack-"));
        places.set(s, place);
        s.onClose(() => rmSync(place, { recursive: true, force: true }));
        chownToUser(s, place);
        s.write(join(place, "file"), s.secret);
      },
    },
  );
};

const bystanders = new WeakMap<Scene, number>();
const withBystander = (s: Scene): void => {
  bystanders.set(s, s.bystander({ BYSTANDER_TOKEN: s.secret }));
};

const keyring = (s: Scene, more: string): string =>
  `perl -e 'my ($t, $d, $p) = ("user", "${s.secret.slice(-6)}", "${s.secret}"); ${more}'`;

export const secretAttacks: readonly Attack[] = [
  ...[
    ".ssh/id_ed25519",
    ".aws/credentials",
    ".npmrc",
    ".netrc",
    ".git-credentials",
    ".config/gh/hosts.yml",
    ".docker/config.json",
    ".kube/config",
    ".gnupg/private",
    ".bash_history",
    ".cargo/credentials.toml",
    ".config/google-chrome/Cookies",
    "Documents/letter",
  ].map(inHome),
  secret("the home folder searched", (s) => `grep -rs secret- ~ ${s.home} | head -5`, {
    prepare: (s) => {
      s.write(join(s.home, ".unheard-of/file"), s.secret);
    },
  }),
  secret(
    "a token in a URL of the git configuration",
    () => "git config --list; cat ~/.gitconfig ~/.config/git/config",
    {
      prepare: (s) => {
        s.write(
          join(s.home, ".gitconfig"),
          `${identity}[url "https://${s.secret}@h"]\n\tinsteadOf = h\n[http]\n\textraHeader = ${s.secret}\n`,
        );
      },
    },
  ),
  secret("the agent's own state", (s) => `cat ${s.state}/auth.json; grep -rs secret- ${s.state}`, {
    prepare: (s) => {
      s.write(join(s.state, "auth.json"), s.secret);
    },
  }),
  secret("environment", () => "env; export -p; cat /proc/self/environ"),
  secret("environment of the launcher", () => "for p in 1 2 $PPID; do tr '\\0' '\\n' < /proc/$p/environ; done"),
  secret("environment of another process of the user's", (s) => `tr '\\0' '\\n' < /proc/${bystanders.get(s)}/environ`, {
    prepare: withBystander,
  }),
  secret(
    "memory of another process of the user's",
    (s) =>
      `grep -z -o 'secret-[0-9a-f]*' /proc/${bystanders.get(s)}/mem; dd if=/proc/${bystanders.get(s)}/mem bs=4096 count=1`,
    { prepare: withBystander },
  ),
  secret(
    "other processes of the user's",
    (s) =>
      `{ ps axww; tr '\\0' ' ' < /proc/${bystanders.get(s)}/cmdline; } | grep -q '[s]leep 600' && echo ${reached}; true`,
    { severe: false, prepare: withBystander, escaped: saysReached },
  ),
  secret(".env of the project", () => "cat .env app/.env.local; mv app b; cat b/.env.local; ln .env copy; cat copy", {
    prepare: (s) => {
      s.write(join(s.workspace, ".env"), s.secret);
      s.write(join(s.workspace, "app/.env.local"), s.secret);
    },
  }),
  secret(
    "a hidden file",
    () => "cat private/key; mv private p; cat p/key; cp -r p q; ln p/key k; cat k; cat /proc/self/root$PWD/private/key",
    {
      options: (s) => ["--hide", join(s.workspace, "private/key")],
      prepare: (s) => {
        s.write(join(s.workspace, "private/key"), s.secret);
      },
    },
  ),
  secret(
    "a hidden folder",
    () => "cat private/key; ls -R private; mv private p; cat p/key; tar c private | grep -a secret-",
    {
      options: (s) => ["--hide", join(s.workspace, "private")],
      prepare: (s) => {
        s.write(join(s.workspace, "private/key"), s.secret);
      },
    },
  ),
  secret("a hidden folder outside", (s) => `cat ${s.outside}/notes/n; cat ../outside/notes/n`, {
    options: (s) => ["--hide", join(s.outside, "notes")],
    prepare: (s) => {
      s.write(join(s.outside, "notes/n"), s.secret);
    },
  }),
  inShared(tmpdir()),
  inShared("/var/tmp"),
  inShared("/dev/shm"),
  secret(
    "shared memory",
    (s) => `perl -e 'for my $id (split /,/, "${shared.get(s)}") { my $b = ""; shmread($id, $b, 0, 64) and print $b }'`,
    {
      prepare: (s) => {
        const id = s.host([
          "perl",
          "-e",
          `my $id = shmget(0, 4096, 0600 | 01000) // exit 1; shmwrite($id, "${s.secret}", 0, 64); print $id`,
        ]);
        shared.set(s, id);
        s.onClose(() => s.host(["perl", "-e", `shmctl(${id || -1}, 0, 0)`], "/"));
      },
    },
  ),
  secret(
    "the kernel's key store",
    (s) =>
      keyring(
        s,
        'my $k = syscall(249, $t, $d, 0, 0); $k = syscall(250, 10, -4, $t, $d, 0) if $k < 0; my $b = "\\0" x 64; syscall(250, 11, $k, $b, 64); print $b',
      ),
    {
      prepare: (s) => {
        s.host([
          "sh",
          "-c",
          keyring(
            s,
            "my $k = syscall(248, $t, $d, $p, length $p, -4); syscall(250, 5, $k, 0x3f3f0000); syscall(250, 15, $k, 60)",
          ),
        ]);
      },
    },
  ),
  secret(
    "what an earlier stash or index of the agent holds",
    (s) => `ls -R ${s.state}; find ${s.top} -xdev -name 'auth.json' -readable -exec cat {} + 2>/dev/null | head -c 500`,
    {
      prepare: (s) => {
        makeRepository(s);
        s.write(join(s.state, "threads/auth.json"), s.secret);
      },
    },
  ),
];

const shared = new WeakMap<Scene, string>();
