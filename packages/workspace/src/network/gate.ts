import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type Authority, authorityText, normaliseHost } from "./host-name.ts";
import { findPattern, type HostPolicy, namesAddress } from "./host-patterns.ts";
import type { NetworkPorts, NetworkRequest } from "./network-ports.ts";
import { isPublicAddress } from "./public-address.ts";

/** `addresses` have been checked: they are what is dialled, never the name again. */
export type Admission =
  | { readonly ok: true; readonly addresses: readonly string[] }
  /** `kind` says whether a policy refused it or the name has no address. */
  | { readonly ok: false; readonly kind: "refused" | "unknown"; readonly why: string };

/** Decides about connections. */
export type Gate = {
  /** The policy holds from now on. Until there is one, everything is refused. */
  change(policy: HostPolicy): void;
  /** Never rejects. Tells the ports what it decided. */
  admit(request: NetworkRequest): Promise<Admission>;
  /** True when the policy, as it is now, refuses it without a question. */
  refuses(request: NetworkRequest): boolean;
};

type Judgement = { readonly verdict: "allowed" | "refused" | "ask"; readonly why: string };

const isAllowedAddress = (at: Authority, policy: HostPolicy): boolean =>
  (isPublicAddress(at.host) || namesAddress(policy.allow, at)) && !findPattern(policy.deny, at);

const refusedMethod = (request: NetworkRequest, methods: readonly string[]): string | null => {
  const list = methods.join(", ");
  if (request.protocol !== "http") return `only ${list} may be sent, and what an encrypted connection sends is unseen`;
  return methods.includes(request.method ?? "") ? null : `only ${list} may be sent, not ${request.method}`;
};

const judge = (request: NetworkRequest, policy: HostPolicy): Judgement => {
  const method = policy.methods === null ? null : refusedMethod(request, policy.methods);
  if (method !== null) return { verdict: "refused", why: method };
  const denied = findPattern(policy.deny, request);
  if (denied) return { verdict: "refused", why: `the entry ${denied.text} denies it` };
  // Nobody is asked about these: a question that shows an address says little of what listens there.
  if (isIP(request.host) !== 0 && !isAllowedAddress(request, policy)) {
    return { verdict: "refused", why: "this address is not a public one, so the list of allowed hosts must name it" };
  }
  const allowed = findPattern(policy.allow, request);
  if (allowed) return { verdict: "allowed", why: `the entry ${allowed.text} allows it` };
  return { verdict: "ask", why: "it is not in the list of allowed hosts, and nobody allowed it" };
};

/** A lookup occupies one of the few threads that our own reading and writing of files needs too. */
const mostLookups = 2;
/** More than a person can answer; a command that asks for more hosts at once is up to something. */
const mostQuestions = 16;

const createSystemResolver = (): ((name: string) => Promise<readonly string[]>) => {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (name) => {
    if (running >= mostLookups) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return (await lookup(name, { all: true, order: "verbatim" })).map(({ address }) => address);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
};

const nothingAllowed: HostPolicy = { allow: [], deny: [], methods: null };

export const createGate = (ports: NetworkPorts): Gate => {
  const resolve = ports.resolve ?? createSystemResolver();
  const questions = new Map<string, Promise<boolean>>();
  let policy = nothingAllowed;

  const ask = (request: NetworkRequest): Promise<boolean> => {
    // An answer about one port says nothing of what listens on another.
    const asked = authorityText(request);
    const pending = questions.get(asked);
    if (pending !== undefined) return pending;
    if (questions.size >= mostQuestions) return Promise.resolve(false);
    const question = Promise.resolve()
      .then(() => ports.ask(request))
      .then((answer) => answer === true)
      .catch(() => false)
      .finally(() => questions.delete(asked));
    questions.set(asked, question);
    return question;
  };

  const judgeAndAsk = async (request: NetworkRequest): Promise<Judgement> => {
    const first = judge(request, policy);
    if (first.verdict !== "ask" || !(await ask(request))) return first;
    // While the person was thinking the policy may have become stricter.
    const then = judge(request, policy);
    return then.verdict === "ask" ? { verdict: "allowed", why: "it was asked about and allowed" } : then;
  };

  const addressesOf = async (request: NetworkRequest): Promise<Admission> => {
    const { host, port } = request;
    const found = isIP(host) === 0 ? await resolve(host).catch(() => []) : [host];
    const addresses = found.map(normaliseHost).filter((address) => address !== null && isIP(address) !== 0) as string[];
    if (addresses.length === 0) return { ok: false, kind: "unknown", why: "no address is known for it" };
    const allowed = addresses.filter((address) => isAllowedAddress({ host: address, port }, policy));
    if (allowed.length > 0) return { ok: true, addresses: [...new Set(allowed)] };
    const why = `it resolves to ${addresses[0]}, which is denied or not a public address; the list of allowed hosts must name that address too`;
    return { ok: false, kind: "refused", why };
  };

  const decide = async (request: NetworkRequest): Promise<{ admission: Admission; why: string }> => {
    const judgement = await judgeAndAsk(request);
    const { why } = judgement;
    if (judgement.verdict !== "allowed") return { admission: { ok: false, kind: "refused", why }, why };
    const admission = await addressesOf(request);
    return { admission, why: admission.ok ? why : admission.why };
  };

  return {
    change(next) {
      policy = next;
    },
    refuses: (request) => judge(request, policy).verdict === "refused",
    async admit(request) {
      const { admission, why } = await decide(request);
      try {
        ports.decided({ ...request, allowed: admission.ok, why });
      } catch {
        // A log that cannot be written is its owner's to report; the decision stays.
      }
      return admission;
    },
  };
};

/** What a refused client is told, in one line. */
export const refusalText = (request: NetworkRequest, admission: Extract<Admission, { ok: false }>): string => {
  const to = authorityText(request);
  if (admission.kind === "unknown") return `fettle: ${to} cannot be reached: ${admission.why}.`;
  return `fettle: ${to} is refused: ${admission.why}. Ask the user to allow it, or do without; trying again does not help.`;
};
