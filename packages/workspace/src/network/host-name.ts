/** A host in its one usual form: lower case, no dot at the end, ASCII; an IPv6 address without brackets. */
export type Authority = { readonly host: string; readonly port: number };

const longestName = 253;
/** What a host is made of before it is normalised. Anything else (`@`, `/`, `\`, spaces, control characters) is refused. */
const hostText = /^(?:[\p{L}\p{M}\p{N}._~%-]+|\[[0-9a-f:.]+\])$/iu;

/** The last 32 bits of an address like `::ffff:7f00:1`, which means the IPv4 address they are. */
const mappedIPv4 = (address: string): string | null => {
  const words = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (!words) return null;
  const value = Number.parseInt(words[1] ?? "", 16) * 65536 + Number.parseInt(words[2] ?? "", 16);
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
};

/**
 * Brings a host to its usual form, or null when it is none. IPv4 addresses written in decimal, octal, hexadecimal or
 * with fewer parts, names with upper case letters or other scripts, and IPv6 in every spelling come out as one text,
 * so that a list decides about the host that is then really dialled.
 */
export const normaliseHost = (text: string): string | null => {
  const bracketed = text.includes(":") && !text.startsWith("[") ? `[${text}]` : text;
  if (text.length > longestName * 4 || !hostText.test(bracketed)) return null;
  const url = URL.parse(`http://${bracketed}/`);
  if (url === null) return null;
  const host = url.hostname;
  if (host.startsWith("[")) {
    const address = host.slice(1, -1);
    return mappedIPv4(address) ?? address;
  }
  const name = host.endsWith(".") ? host.slice(0, -1) : host;
  return name.length > longestName || name.split(".").includes("") ? null : name;
};

/** Reads `host:port`; without a port it is `defaultPort`, and null when there must be one. */
export const readAuthority = (text: string, defaultPort: number | null): Authority | null => {
  const parts = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text);
  if (!parts) return null;
  const host = normaliseHost(parts[1] ?? "");
  const port = parts[2] === undefined ? defaultPort : Number(parts[2]);
  return host === null || port === null || port < 1 || port > 65535 ? null : { host, port };
};

/** `host:port` as a header or a person has it. */
export const authorityText = ({ host, port }: Authority, defaultPort: number | null = null): string => {
  const shown = host.includes(":") ? `[${host}]` : host;
  return port === defaultPort ? shown : `${shown}:${port}`;
};
