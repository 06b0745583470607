import { type SearchReport, searchReport } from "../../offline/search/report.ts";

/** Finds the report in what the search printed: its last line that can be read as one. Null when there is none. */
export const findReport = (output: string): SearchReport | null => {
  for (const line of output.split("\n").reverse()) {
    if (!line.startsWith('{"fettle_search"')) continue;
    try {
      const parsed = searchReport.safeParse(JSON.parse(line));
      if (parsed.success) return parsed.data;
    } catch {
      // A line that was cut: an earlier one may be whole.
    }
  }
  return null;
};
