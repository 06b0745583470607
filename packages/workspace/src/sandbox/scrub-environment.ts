/** Ordinary variables that tools need. Everything else stays out: nobody can list the names of all secrets. */
const ordinaryNames = new Set(
  `PATH HOME USER LOGNAME SHELL LANG LANGUAGE TERM COLORTERM TZ CI NO_COLOR FORCE_COLOR CLICOLOR COLUMNS LINES
  NODE_ENV NODE_PATH NODE_VERSION NODE_EXTRA_CA_CERTS NVM_DIR NVM_BIN VOLTA_HOME FNM_DIR PNPM_HOME BUN_INSTALL DENO_DIR
  JAVA_HOME MAVEN_HOME GRADLE_HOME SDKMAN_DIR ANDROID_HOME DOTNET_ROOT GOPATH GOROOT GOFLAGS GOTOOLCHAIN GOPROXY GOSUMDB
  CARGO_HOME RUSTUP_HOME RUSTUP_TOOLCHAIN RUSTFLAGS RUST_BACKTRACE PYENV_ROOT PYENV_VERSION PYTHONPATH PYTHONHASHSEED
  PYTHONDONTWRITEBYTECODE PYTHONUNBUFFERED VIRTUAL_ENV CONDA_PREFIX CONDA_DEFAULT_ENV ASDF_DIR ASDF_DATA_DIR GEM_HOME
  GEM_PATH RBENV_ROOT PERL5LIB LD_LIBRARY_PATH PKG_CONFIG_PATH CC CXX CFLAGS CXXFLAGS CPPFLAGS LDFLAGS MAKEFLAGS
  SSL_CERT_FILE SSL_CERT_DIR XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME XDG_STATE_HOME`.split(/\s+/),
);
const localeName =
  /^LC_(?:ALL|ADDRESS|COLLATE|CTYPE|IDENTIFICATION|MEASUREMENT|MESSAGES|MONETARY|NAME|NUMERIC|PAPER|TELEPHONE|TIME)$/;
const proxyName = /^(?:https?|no|all)_proxy$/i;

/** Variables that the loader acts on: the sandbox's launcher must not have them, for it runs outside. */
const loaderName = /^(?:LD_|GLIBC_TUNABLES$|MALLOC_)/;

/** Parts an environment into what the launcher is spawned with and what is set only inside. */
export const splitLoaderVariables = (
  environment: Readonly<Record<string, string>>,
): { launcher: Record<string, string>; inside: Record<string, string> } => {
  const entries = Object.entries(environment);
  return {
    launcher: Object.fromEntries(entries.filter(([name]) => !loaderName.test(name))),
    inside: Object.fromEntries(entries.filter(([name]) => loaderName.test(name))),
  };
};

/** A URL that carries a name or a password: `https://user:secret@host`, `https://token@host`. */
const credentialsInUrl = /[a-z][a-z0-9+.-]*:\/\/[^/\s]*@/i;

/**
 * The environment that a sandboxed command may see. It must be given to `spawn` itself: what the sandbox's launcher
 * has in its own environment stays readable in /proc/1/environ. `network` lets proxy settings through, `secrets` names
 * variables that pass whatever they hold.
 */
export const scrubEnvironment = (
  environment: Readonly<Record<string, string | undefined>>,
  options: { network: boolean; secrets: readonly string[] },
): Record<string, string> => {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    const ordinary = ordinaryNames.has(name) || localeName.test(name) || (options.network && proxyName.test(name));
    if (options.secrets.includes(name) || (ordinary && !credentialsInUrl.test(value))) kept[name] = value;
  }
  return kept;
};
