import { BlockList, isIP, isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";

/*
 * Which addresses lie in the public internet, by the registries of special-purpose addresses (RFC 6890 and its
 * successors). A name may point anywhere, so what it resolves to is checked and not the name.
 */

const specialIPv4 = `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
  192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4`;
/** Inside of 2000::/3, outside of which nothing is public. */
const specialIPv6 = "2001::/23 2001:db8::/32 3fff::/20";

const blockList = (ranges: string, family: "ipv4" | "ipv6"): BlockList => {
  const list = new BlockList();
  for (const range of ranges.split(/\s+/)) {
    const [network = "", bits] = range.split("/");
    list.addSubnet(network, Number(bits), family);
  }
  return list;
};

const special = { ipv4: blockList(specialIPv4, "ipv4"), ipv6: blockList(specialIPv6, "ipv6") };
const globalUnicast = blockList("2000::/3", "ipv6");
const sixToFour = blockList("2002::/16", "ipv6");
const translated = blockList("64:ff9b::/96", "ipv6");

/** The eight 16-bit words of a valid address in its usual form. */
const wordsOf = (address: string): number[] => {
  const [head = [], tail = []] = address.split("::").map((half) => half.split(":").filter((word) => word !== ""));
  const gap = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return [...head, ...gap, ...tail].map((word) => Number.parseInt(word, 16));
};

const embeddedIPv4 = (address: string, firstWord: number): string => {
  const words = wordsOf(address).slice(firstWord, firstWord + 2);
  return words.flatMap((word) => [word >> 8, word & 255]).join(".");
};

/** Of this machine's own: behind them listen services that a firewall may keep from everybody else. */
const isOwn = (address: string): boolean =>
  Object.values(networkInterfaces()).some((entries) => entries?.some((entry) => entry.address === address));

/** True for an address that anybody in the internet may dial. `address` is in the form of `normaliseHost`. */
export const isPublicAddress = (address: string): boolean => {
  if (isIP(address) === 0 || isOwn(address)) return false;
  if (isIPv4(address)) return !special.ipv4.check(address, "ipv4");
  if (sixToFour.check(address, "ipv6")) return isPublicAddress(embeddedIPv4(address, 1));
  if (translated.check(address, "ipv6")) return isPublicAddress(embeddedIPv4(address, 6));
  return globalUnicast.check(address, "ipv6") && !special.ipv6.check(address, "ipv6");
};
