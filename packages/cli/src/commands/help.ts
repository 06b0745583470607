export const mainHelp = `fettle: a software-engineering teammate that you run yourself

Usage: fettle ["what to do"] [options]  the terminal program; piped: fettle exec "what to do"
       fettle <command> [options]

Commands
  resume       [ID | --last]: go on with an earlier thread in the terminal program
  exec         do a task or answer a question in this folder, then exit
  exec resume  go on with an earlier thread
  plan         write a plan of steps that commands prove, for exec --goal
  init         write a first AGENTS.md, with commands that were seen to work
  context      show what the model gets, and how full its window is
  skills       list, show, make and check skills
  threads      list earlier threads
  fork         begin a new thread with the turns of an earlier one
  steer        say something to a thread while it runs, or queue it
  undo         take back a turn: files, conversation or both
  diff         show what a turn changed
  trust        let this repository's own settings and rules count
  autonomy     show or change how far a thread may go without asking
  policy       say what the rules mean for a command
  models       list the models that are configured and reachable
  doctor       say what of this machine and this configuration works, and what to do about the rest
  apply-patch  apply a *** Begin Patch text
  acp          serve an editor over the Agent Client Protocol
  rpc          serve a program over JSON-RPC, as @fettle/sdk uses it
  sandbox      run a command as the model's commands are run
  mcp          the MCP servers whose tools the agent may use; mcp serve: fettle as one
  schema       print the JSON Schema of exec --json
  completion   print a script by which bash, zsh or fish completes fettle's words

Options
  -h, --help     help for fettle or a command; also: fettle help COMMAND
  -V, --version  print the version

Without a model configured, the built-in offline engine works: it mends small bugs that tests show and finds
things in code. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY, or name a local server's model:
fettle exec -m ollama/NAME "…"
`;

export const execHelp = `Do a task or answer a question in this folder, then exit

Usage: fettle exec [options] (PROMPT | -)
       fettle exec --goal PLAN.md [options] [PROMPT]     work until every step of the plan is done
       fettle exec resume (ID | --last) [options] (PROMPT | -)

The answer goes to standard output, progress to standard error. "-" or no prompt reads standard input.
In a prompt $NAME loads a skill, and "/NAME words" calls it with arguments; see: fettle skills

Options
  -m, --model MODEL          a model, or provider/model: gpt-5, ollama/qwen3, offline
      --effort LEVEL         how much the model thinks: none | minimal | low | medium | high | xhigh | max
                             (default: low for a plain question, high for a plan or review, else the model's own)
  -C, --cd DIR               work in this folder
  -s, --sandbox MODE         read-only | workspace-write (default) | danger-full-access
      --autonomy LEVEL       suggest | edit | run (default) | trusted | full: what is done without asking
      --approval-file FILE   answers for programs, JSON lines (else a terminal is asked, or nobody)
      --add-dir DIR          a further folder that commands may write (repeatable)
  -i, --image FILE[,FILE]    pictures for the model (repeatable)
      --goal FILE            a plan: Markdown check items, each with a "verify: COMMAND" that fettle runs after each turn
      --max-turns N          with a goal: stop after N turns of the model in all (exit 4)
      --max-time TIME        with a goal: stop after 90s, 30m, 2h of work in all (exit 4)
      --no-goal              on resume: an ordinary turn, although the thread has a goal that is not reached
      --max-cost USD         stop the thread when its model calls have cost that much (exit 4)
      --max-tokens N         the same for tokens of input and output together
      --check COMMAND        run this at the end; exit 3 when it fails (repeatable)
      --output-schema FILE   a JSON Schema that the answer must satisfy
  -o, --output-last-message FILE   write the answer to this file too
      --json                 print events as JSON lines
  -c, --config KEY=VALUE     override a configuration value (TOML; repeatable)
      --skip-git-repo-check  run outside a git repository
      --compact              on resume: put a checkpoint in the place of the conversation so far
      --ephemeral            keep nothing of the thread: no log, no resume, no undo
      --print-input          print what the model would get, and exit
  -h, --help

Exit codes: 0 done · 1 the turn failed · 2 usage · 3 a --check failed, or a goal came to a stop · 4 stopped by a limit ·
5 only steps that wait for a person's answer are left of a goal · 130 interrupted
`;

export const planHelp = `Look at the repository and write a plan of steps that commands prove. Changes nothing else

Usage: fettle plan [options] (WHAT | -)

Options
  -o, --output FILE    the file to write (default PLAN.md)
      --force          overwrite it
  -m, --model MODEL    as for exec, and so are:
  -C, --cd DIR
  -c, --config KEY=VALUE
      --max-cost USD
      --max-tokens N
      --skip-git-repo-check
  -h, --help

Look the plan through and change it as you like; then: fettle exec --goal PLAN.md
`;

export const contextHelp = `Show what the model gets, how many tokens each part takes, and what was cut

Usage: fettle context [ID | --last] [--json]

Without ID what a new thread in this folder would begin with; with it what that thread's next request would hold, also
while it runs. Tokens are estimates, rather too high. Nothing is sent or changed.

Options
      --last               the newest thread of this folder
      --json               one JSON object
  -m, --model MODEL        as for exec, and so are:
  -C, --cd DIR
  -c, --config KEY=VALUE
`;

export const initHelp = `Write a first AGENTS.md for this repository, without a model

Usage: fettle init [--force] [--timeout TIME] [-C DIR]

Looks at the repository, runs the commands for tests, types, linting and building that its files name, in the sandbox
without network, and writes down those that it saw exit 0. The others are listed here and not in the file.

Options
      --force          overwrite an AGENTS.md that is there
      --timeout TIME   the most that one command may take: 90s, 10m (default 5m)
  -C, --cd DIR         the repository of this folder
`;

export const skillsHelp = `List, show, make and check skills: folders with a SKILL.md (agentskills.io)

Usage: fettle skills [list] [--json]
       fettle skills show NAME
       fettle skills new NAME [--user]
       fettle skills check [PATH]

Skills of a repository lie in .agents/skills (or .claude/skills), your own in ~/.agents/skills and ~/.fettle/skills.
In a prompt $NAME loads a skill, and "/NAME words" calls it with arguments.

Options
      --json   one JSON array
      --user   among your own skills, not in this repository
`;

export const threadsHelp = `List earlier threads, newest first

Usage: fettle threads [--all] [--limit N] [--json]
       fettle threads show ID [--json | --checkpoints]
       fettle threads rename ID TITLE     (an empty title takes the name away)

Options
      --all      of every folder, not only this one, with the threads of agents
      --limit N  at most N (default 20)
      --json     one JSON object a line
      --checkpoints
                 what was kept each time the conversation was compacted
`;

export const forkHelp = `Begin a new thread with the turns of an earlier one; that one stays as it is

Usage: fettle fork [ID] [--turn N] [--json]

Prints the new thread's id; fettle exec resume goes on with it. Without ID the newest thread of this folder, which may
run; without --turn up to its last finished turn. Files are not touched. A budget counts from the fork on.
`;

export const steerHelp = `Say something to a thread while it runs

Usage: fettle steer (ID | --last) [--queue] (MESSAGE | -)
       fettle steer (ID | --last) --stop

The model gets the message with its next call; --queue makes it the next turn instead, when the running one has ended.
Once this command has ended well, the message survives a crash, and the thread gets it once: now, or when it is resumed.
--stop ends the running turn, as Ctrl-C would where it runs.
`;

export const undoHelp = `Take back a turn and everything after it: files, conversation, or both

Usage: fettle undo [ID] [--turn N] [--files | --conversation] [--preview] [--force]

Without ID the newest thread of this folder; without --turn its last turn. Only files that those turns changed are
restored; when you edited one of them since, you are asked, or (without a terminal) nothing happens. The log keeps
everything.

Options
      --files         the files alone; the model is told of it with the next turn
      --conversation  the conversation alone; files stay as they are
      --preview       show what would change, and change nothing
      --force         restore also what others edited since, and lose those edits
`;

export const diffHelp = `Show what a turn changed

Usage: fettle diff [ID] [--turn N]

Without ID the newest thread of this folder; without --turn its last turn that changed files.
`;

export const trustHelp = `Show what this repository's own settings and rules would change, and let them count as they stand

Usage: fettle trust [DIR] [--yes]
       fettle trust [DIR] --remove
       fettle trust --list

It works from any folder of the repository. When a file changes afterwards, it no longer counts until you look again.

Options
  -y, --yes     do not ask (for scripts)
      --list    every repository in which something is trusted
      --remove  trust nothing of this repository any more
`;

export const autonomyHelp = `Show how far a thread may go without asking, or change it, also while it runs

Usage: fettle autonomy [LEVEL] [--thread ID | --last]

Levels
  suggest  asks before every change and every command that does not only read
  edit     patches the workspace; asks about commands that no rule allows
  run      runs commands in the sandbox; asks about what a rule asks for, and beyond the sandbox
  trusted  as run; a reviewing model may answer questions of low risk (approvals.reviewer_model)
  full     no sandbox; asks only where a rule does

Without --thread the newest thread of this folder. Without LEVEL it shows the level and where it comes from.
`;

export const policyHelp = `Say what the rules mean for a command, and which rule decides. Runs nothing

Usage: fettle policy check [--json] [-C DIR] -- COMMAND…

One word after "--" is a shell script; several are the words of one command.

Options
      --json    one JSON object
  -C, --cd DIR  with the rules of this folder's repository

Exit codes: 0 it may run (allow, or no rule speaks of it) · 2 usage, or a rules file is wrong · 3 ask · 4 never
`;

export const mcpHelp = `The MCP servers whose tools the agent may use, and fettle itself as such a server

Usage: fettle mcp add NAME [options] -- COMMAND [ARGUMENTS]
       fettle mcp add NAME [options] --url URL
       fettle mcp list [--json]
       fettle mcp test NAME [--json]    start it, list its tools, or say what fails
       fettle mcp remove NAME
       fettle mcp login NAME            log in in a browser (OAuth)
       fettle mcp logout NAME
       fettle mcp serve [-C DIR]        serve fettle over standard input and output

Options of add
      --env NAME=VALUE             a variable for the server (repeatable; it stands in the file)
      --env-var NAME               a variable of your environment that the server gets (repeatable)
      --cwd DIR                    the folder it runs in: absolute, or . for the workspace (default: your home)
      --bearer-token-env-var NAME  the variable that holds the token for the URL

They stand in config.toml under [mcp_servers.NAME]. A server is started when the agent first needs it. Servers run outside
of the sandbox, with your rights; each call of a tool is asked about unless a [[tool]] rule allows it.
`;

export const mcpServeHelp = `Serve fettle as an MCP server over standard input and output

Usage: fettle mcp serve [-C DIR] [-m MODEL] [-c KEY=VALUE]…

Tools: start_thread and continue_thread do work, ask and review only read. They work in DIR (default: this folder) and
below. What needs an answer is put to the client's user, where the client can ask (elicitation), else refused.
`;

export const modelsHelp = `List the models that are configured and reachable

Usage: fettle models [--discover] [--json] [-c KEY=VALUE]

Options
      --discover  look only for servers on this machine (Ollama, LM Studio, llama.cpp, vLLM), for 0.3 s; changes nothing
      --json      one JSON array
`;

export const applyPatchHelp = `Apply a *** Begin Patch text to this folder: all of it, or nothing

Usage: fettle apply-patch [PATCH]

Without PATCH it is read from standard input.
`;

export const acpHelp = `Serve an editor over the Agent Client Protocol (version 1) on standard input and output

Usage: fettle acp [options]

The editor starts it, once for all of its sessions. See docs/editors.md for what to write into its settings.

Options
  -m, --model MODEL        as for exec, and so are:
      --effort LEVEL
  -c, --config KEY=VALUE
  -h, --help
`;

export const rpcHelp = `Serve a program over JSON-RPC 2.0 on standard input and output, one message a line

Usage: fettle rpc

@fettle/sdk drives this; other programs can too. The methods are in docs/sdk.md.
`;

export const schemaHelp = `Print the JSON Schema of one line of fettle exec --json

Usage: fettle schema
`;

export const sandboxHelp = `Run a command in the sandbox, as the model's commands are run

Usage: fettle sandbox [options] -- COMMAND [ARGUMENTS]
       fettle sandbox [options] -- "a script for bash"

Options
  -s, --sandbox MODE       read-only | workspace-write (default) | danger-full-access
  -C, --cd DIR             the folder that it works in and may write
      --add-dir DIR        a further folder that it may write (repeatable)
      --hide PATH          a file or folder that it sees empty (repeatable)
      --secret NAME        pass this variable although it is no ordinary one (repeatable)
      --allow-domain NAME  let it reach this domain and no other (repeatable): example.org, *.example.org
      --network            let it use the whole network
  -h, --help

Its input, output and exit code are the command's own; 128 + N when signal N ended it, 126 and 127 as in a shell.
Exit codes of fettle itself: 2 usage · 125 it could not be run
`;

export const completionHelp = `Print a script by which a shell completes fettle's commands, options, threads and skills

Usage: fettle completion (bash | zsh | fish)

bash   in ~/.bashrc:                   eval "$(fettle completion bash)"
zsh    in ~/.zshrc, after compinit:    eval "$(fettle completion zsh)"
fish   once:                           fettle completion fish > ~/.config/fish/completions/fettle.fish
`;

export const doctorHelp = `Say what of this machine, this configuration and this folder works, and what to do about the rest

Usage: fettle doctor [--json]

Runs one harmless command in the sandbox and asks the configured model's service whether it is there. Changes nothing,
but makes FETTLE_HOME where there is none.

Options
      --json   one JSON array

Exit codes: 0 fettle can work · 1 something is broken · 2 usage
`;

export const resumeHelp = `Go on with a thread in the terminal program

Usage: fettle resume [ID | --last] [options] ["what to do"]

Without ID the newest thread of this folder. The options of fettle exec hold. Without a terminal: fettle exec resume
`;
