import type {
  ArithmeticExpression,
  Assignment,
  Command,
  CompoundCommand,
  CompoundList,
  DoubleQuotedChild,
  ParameterExpansionPart,
  ParsedScript,
  PipelineNode,
  Redirection,
  Statement,
  TestExpression,
  Word,
  WordPart,
} from "unbash";
import { mayHideCode } from "./certain-variables.ts";
import { parseScript } from "./parse-script.ts";
import { onlyReads } from "./read-only-commands.ts";
import { literalOf } from "./words.ts";

/** Variables that no program acts on in a way that matters here. Upper-case ones mostly do. */
export const harmlessVariable = /^(?:(?!npm_config_)[a-z_][a-z0-9_]*|LC_[A-Z]+|LANG|TZ|NO_COLOR|COLUMNS)$/;

const each = <T>(list: readonly T[] | undefined, reads: (one: T) => boolean): boolean =>
  list === undefined || list.every(reads);
const maybe = <T>(one: T | undefined, reads: (one: T) => boolean): boolean => one === undefined || reads(one);

/** Arithmetic on a variable evaluates its content, in which a substitution may hide. Only numbers are plain. */
const isPlainNumber = (expression: ArithmeticExpression | undefined): boolean => {
  switch (expression?.type) {
    case "ArithmeticWord":
      return /^[0-9]+$/.test(expression.value);
    case "ArithmeticBinary":
      return (
        /^[-+*/%<>=!&|]+$/.test(expression.operator) &&
        isPlainNumber(expression.left) &&
        isPlainNumber(expression.right)
      );
    case "ArithmeticGroup":
      return isPlainNumber(expression.expression);
    default:
      return false;
  }
};

const isNumber = (word: Word): boolean => /^-?\d+$/.test(literalOf(word) ?? "");

const parameterReads = (part: ParameterExpansionPart): boolean => {
  // An index is arithmetic; `!` names another variable, which may have one.
  if (part.index !== undefined || part.prefix === "!") return false;
  const { operation } = part;
  switch (operation?.type) {
    case undefined:
      return true;
    case "Default":
      return !operation.operator.includes("=") && wordReads(operation.operand);
    case "Remove":
      return wordReads(operation.operand);
    case "Replace":
      return wordReads(operation.pattern) && wordReads(operation.replacement);
    case "Slice":
      return isNumber(operation.offset) && maybe(operation.length, isNumber);
    case "CaseModification":
      return maybe(operation.operand, wordReads);
    default:
      return false;
  }
};

const partReads = (part: WordPart | DoubleQuotedChild): boolean => {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
    case "SimpleExpansion":
      return true;
    case "Glob":
      return each(part.parts, partReads);
    case "DoubleQuoted":
    case "LocaleString":
      return part.parts.every(partReads);
    case "ParameterExpansion":
      return parameterReads(part);
    case "CommandExpansion":
      return part.script !== undefined && scriptReads(part.script);
    case "ProcessSubstitution":
      return part.operator === "<" && part.script !== undefined && scriptReads(part.script);
    case "ArithmeticExpansion":
      return isPlainNumber(part.expression);
    case "ExtendedGlob":
    case "BraceExpansion":
      return each(part.parts, partReads);
    default:
      return false;
  }
};

/** What looks like an index with a command in it might be evaluated as one. */
const wordReads = (word: Word): boolean => !mayHideCode(word) && each(word.parts, partReads);

const assignmentReads = (assignment: Assignment): boolean =>
  harmlessVariable.test(assignment.name) &&
  assignment.index === undefined &&
  (assignment.value.type === "Word" ? wordReads(assignment.value) : each(assignment.value.elements, wordReads));

const redirectionReads = (redirection: Redirection): boolean => {
  if (redirection.descriptor?.type === "FileDescriptorVariable") return false;
  if (redirection.type === "HereDoc") return each(redirection.body.parts, partReads);
  if (redirection.type === "HereString") return maybe(redirection.target, wordReads);
  const target = literalOf(redirection.target);
  switch (redirection.operator) {
    case "<":
      return target === null
        ? redirection.target !== undefined && wordReads(redirection.target)
        : !/^\/dev\/(?:tcp|udp)\//.test(target);
    case ">&":
    case "<&":
      return target === "/dev/null" || /^(?:\d+|-)$/.test(target ?? "");
    case ">":
    case ">>":
    case ">|":
    case "&>":
    case "&>>":
      return target === "/dev/null";
    default:
      return false;
  }
};

const commandReads = (command: Command): boolean => {
  for (const item of command.prefix) {
    if (!(item.type === "Assignment" ? assignmentReads(item) : redirectionReads(item))) return false;
  }
  const args: (string | null)[] = [];
  for (const item of command.suffix) {
    if (item.type === "Word") {
      if (!wordReads(item)) return false;
      args.push(literalOf(item));
    } else if (item.type === "Assignment" || !redirectionReads(item)) {
      return false;
    }
  }
  if (command.name === undefined) return true;
  const name = literalOf(command.name);
  return name !== null && onlyReads(name, args);
};

const testReads = (test: TestExpression): boolean => {
  switch (test.type) {
    case "TestUnary":
      return test.operator !== "-v" && wordReads(test.operand);
    case "TestBinary":
      return /^-(?:eq|ne|lt|le|gt|ge)$/.test(test.operator)
        ? isNumber(test.left) && isNumber(test.right)
        : wordReads(test.left) && wordReads(test.right);
    case "TestLogical":
      return test.operands.every(testReads);
    case "TestNot":
      return testReads(test.operand);
    case "TestGroup":
      return testReads(test.expression);
    default:
      return false;
  }
};

const listReads = (list: CompoundList): boolean => list.commands.every(statementReads);

const compoundReads = (node: CompoundCommand): boolean => {
  switch (node.type) {
    case "Subshell":
    case "BraceGroup":
      return listReads(node.body);
    case "If":
      return (
        listReads(node.clause) &&
        listReads(node.then) &&
        node.elif.every((other) => listReads(other.clause) && listReads(other.then)) &&
        maybe(node.else, listReads)
      );
    case "While":
      return listReads(node.clause) && listReads(node.body);
    case "For":
      return harmlessVariable.test(node.name.value) && each(node.wordlist, wordReads) && listReads(node.body);
    case "Case":
      return wordReads(node.word) && node.items.every((item) => item.pattern.every(wordReads) && listReads(item.body));
    case "TestCommand":
      return testReads(node.expression);
    default:
      return false;
  }
};

const pipelineReads = (node: PipelineNode): boolean => {
  switch (node.type) {
    case "Command":
      return commandReads(node);
    case "Pipeline":
      return node.commands.every(pipelineReads);
    case "Redirected":
      return node.redirects.every(redirectionReads) && compoundReads(node.command);
    case "Function":
    case "Coproc":
      return false;
    default:
      return compoundReads(node);
  }
};

const statementReads = (statement: Statement): boolean => {
  if (statement.background) return false;
  const { command } = statement;
  return command.type === "AndOr" ? command.commands.every(pipelineReads) : pipelineReads(command);
};

const scriptReads = (script: ParsedScript): boolean =>
  (script.errors?.length ?? 0) === 0 && script.commands.every(statementReads);

/**
 * True when every command of the script is known to only read. Whatever is not understood makes it false: functions,
 * eval, computed command names, redirections to files, background jobs, parse errors. See `onlyReads` for its weight.
 */
export const isReadOnlyScript = (script: string): boolean => {
  const parsed = parseScript(script);
  return parsed.commands.length > 0 && scriptReads(parsed);
};
