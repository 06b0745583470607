import type { InputItem, Usage } from "@fettle/protocol";

/*
 * How full the window is. What the provider counted for the last request is exact; only what came since is estimated.
 */

/** Below what most tokenizers need for code and English, so that the estimate is rather too high. */
export const charactersPerToken = 3.5;
/** What providers charge for a picture of the size that we send, about. */
const imageTokens = 1500;

/** A picture inside a provider's JSON. */
const pictureUrl = /"data:image\/[^"]*"/g;

/** Characters of an item as a request carries them, pictures left out. */
const charactersOf = (item: InputItem): number => {
  if (item.type === "sealed") return item.encrypted.join(",").replace(pictureUrl, "").length;
  const content = item.type === "output" ? [] : item.content;
  const parts = item.type === "output" ? item.parts : [];
  let sum = 16;
  for (const part of content) if (part.type === "text") sum += part.text.length;
  for (const part of parts) {
    if (part.type === "call") sum += part.name.length + part.arguments.length + 24;
    else sum += part.text.length + (part.type === "reasoning" ? (part.encrypted?.length ?? 0) : 0);
  }
  return sum;
};

const imagesOf = (item: InputItem): number => {
  if (item.type === "output") return 0;
  if (item.type === "sealed") return item.encrypted.join(",").match(pictureUrl)?.length ?? 0;
  return item.content.filter((part) => part.type === "image").length;
};

/** An estimate that errs on the high side. */
export const estimateText = (text: string): number => Math.ceil(text.length / charactersPerToken);

/** Items never change, and each is asked about before every model call. */
const estimated = new WeakMap<InputItem, number>();

/** The same for a part of the model's input. */
export const estimateItem = (item: InputItem): number => {
  const known = estimated.get(item);
  if (known !== undefined) return known;
  const estimate = Math.ceil(charactersOf(item) / charactersPerToken) + imagesOf(item) * imageTokens;
  estimated.set(item, estimate);
  return estimate;
};

/** The same for several. */
export const estimateItems = (items: Iterable<InputItem>): number => {
  let sum = 0;
  for (const item of items) sum += estimateItem(item);
  return sum;
};

/** The last request as its provider counted it, and how many items of input it had. */
export type Counted = { readonly usage: Usage; readonly items: number };

/** How many times the estimate the provider counted for the last request: other scripts than ours take more. */
export const tokenScale = (input: readonly InputItem[], counted: Counted | null, fixed: number): number => {
  if (counted === null) return 1;
  return Math.max(1, counted.usage.input_tokens / (fixed + estimateItems(input.slice(0, counted.items))));
};

/**
 * Tokens that a request with this input would take. `fixed` is the estimate for instructions and tools, for providers
 * that count nothing.
 */
export const windowUse = (input: readonly InputItem[], counted: Counted | null, fixed: number): number => {
  if (counted === null || counted.usage.input_tokens === 0) return fixed + estimateItems(input);
  // The answer itself is the first of the items that are new.
  const added = estimateItems(input.slice(counted.items));
  return Math.ceil(counted.usage.input_tokens + added * tokenScale(input, counted, fixed));
};
