/** The value below which a share `q` (0…1) of the finite numbers lies, interpolated; NaN without any. */
export const quantile = (values: readonly (number | undefined)[], q: number): number => {
  const sorted = values.filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  sorted.sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  if (low === undefined || high === undefined) return Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
};

export const median = (values: readonly (number | undefined)[]): number => quantile(values, 0.5);

/**
 * How many times more one thing takes than another: the median of the ratios within each repetition. Both ran in the
 * same minute, so a busy machine hits both alike. Repetitions that lack either are left out.
 */
export const medianRatio = (values: readonly (number | undefined)[], base: readonly (number | undefined)[]): number =>
  median(
    values.map((value, i) => {
      const other = base[i];
      return value === undefined || other === undefined || other === 0 ? undefined : value / other;
    }),
  );
