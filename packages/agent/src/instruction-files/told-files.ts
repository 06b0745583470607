import type { LoggedEvent, ThreadItem, ToldFile } from "@fettle/protocol";
import { type Place, placesOfChange, placesOfCommand, placesOfPicture } from "./places.ts";

/** Which files the model was told of, and where it has worked since. A fold over the log. */
export type ToldFiles = {
  add(event: LoggedEvent): void;
  /** How each file was told the last time, by kind and path. */
  latest(kind: ToldFile["kind"]): ReadonlyMap<string, ToldFile>;
  /** All of them, instructions first. */
  all(): readonly ToldFile[];
  /** Where the calls since the model's last answer worked: what the next request must know of. */
  entered(): readonly Place[];
};

/** A command counts once it runs, a change or a look once it is done. What the harness checks is no work of the model's. */
const placesOf = (type: "item.started" | "item.completed", item: ThreadItem): readonly Place[] => {
  if (type === "item.started")
    return item.type === "command_execution" && item.origin === undefined ? placesOfCommand(item) : [];
  if (item.type === "file_change" && item.status === "completed") return placesOfChange(item);
  return item.type === "tool_call" && item.status === "completed" ? placesOfPicture(item) : [];
};

export const createToldFiles = (): ToldFiles => {
  let told: { readonly seq: number; readonly file: ToldFile }[] = [];
  let entered: { readonly seq: number; readonly place: Place }[] = [];

  const latest: ToldFiles["latest"] = (kind) =>
    new Map(told.flatMap(({ file }) => (file.kind === kind ? [[file.path, file] as const] : [])));

  return {
    add(event) {
      switch (event.type) {
        case "model.completed":
          entered = [];
          break;
        case "item.started":
        case "item.completed":
          for (const place of placesOf(event.type, event.item)) entered.push({ seq: event.seq, place });
          break;
        case "input.added":
          for (const file of event.told ?? []) told.push({ seq: event.seq, file });
          break;
        case "thread.rewound":
          told = told.filter(({ seq }) => seq < event.to_seq);
          entered = entered.filter(({ seq }) => seq < event.to_seq);
          break;
        default:
      }
    },
    latest,
    all: () => [...latest("instructions").values(), ...latest("skill").values()],
    entered: () => entered.map(({ place }) => place),
  };
};
