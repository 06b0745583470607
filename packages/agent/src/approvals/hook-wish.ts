/** What a hook wants of a request: that a person is asked, or that nobody needs to be. `why` in a line. */
export type HookWish = { readonly decision: "ask" | "allow"; readonly why: string };
