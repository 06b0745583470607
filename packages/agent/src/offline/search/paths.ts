/** Whether a project-relative path is where tests, fixtures and the like are kept. */
export function isTestPath(file: string): boolean {
  const parts = file.split(/[\\/]/);
  const name = parts.at(-1) ?? "";
  if (
    parts
      .slice(0, -1)
      .some((part) =>
        /^(__?tests?__?|tests?|specs?|fixtures?|__mocks__|__snapshots__|e2e|bench(mark)?s?|examples?)$/i.test(part),
      )
  ) {
    return true;
  }
  return /^(tests?|specs?)([-._].*)?\.\w+$/i.test(name) || /[-._](tests?|specs?)\.\w+$/i.test(name);
}

/** Whether the search may change a file: it never touches tests, fixtures, dependencies, built or minified files, configuration. */
export function isRepairable(file: string): boolean {
  if (isTestPath(file) || file.startsWith("..")) return false;
  const parts = file.split(/[\\/]/);
  if (parts.some((part) => part.startsWith(".") || /^(node_modules|vendor|third_party|coverage)$/.test(part)))
    return false;
  const name = parts.at(-1) ?? "";
  if (
    /\.(min\.\w+|d\.[mc]?ts|json|lock|md|ya?ml|toml|ini|cfg|txt|snap|xml|html|css|svg|png|jpg|gif|pdf|zip)$/i.test(name)
  )
    return false;
  return !/(^|\.)(config|conf|setup|rc)\.[mc]?[jt]s$|^(Gruntfile|gulpfile|karma|rollup|webpack)/i.test(name);
}
