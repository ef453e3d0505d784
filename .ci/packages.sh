# shellcheck shell=bash
# shellcheck disable=SC2016 # what stands in single quotes is expanded by awk or dpkg-query
# Part of ./dev, which reads it: what is installed, why, and how.

# --- what is needed, and why -------------------------------------------------------------------

# Prints "package reason" for each package of a group.
packages_of() {
  case $1 in
    build)
      cat <<'LIST'
g++ the compiler
cmake configures the build
ninja-build runs the build
make builds what `sluice new` writes, as it says
ccache builds again in seconds
pkg-config finds libraries that have no CMake package
libcaf-dev the C++ Actor Framework
libllhttp-dev parses HTTP/1.1
libwslay-dev frames WebSocket
libcli11-dev the command line and the configuration file
libspdlog-dev logging
libfmt-dev what spdlog formats with
nlohmann-json3-dev JSON
libssl-dev TLS
prometheus-cpp-dev writes metrics
libcurl4-openssl-dev asks a server for what `sluice top` shows
libncurses-dev draws what `sluice top` shows
zlib1g-dev compresses WebSocket messages
libsqlite3-dev the store of an example
doctest-dev the unit tests
python3 reads the C++ of the documentation, which is built with the tests
LIST
      ;;
    test)
      cat <<'LIST'
ca-certificates lets npm fetch a test client
curl a test client
iproute2 cuts the link to a test client
libgtest-dev what a user may test handlers with
python3 test clients
python3-prometheus-client reads metrics as Prometheus does
python3-websockets a test client
wrk a load generator
LIST
      # Node.js may well come from elsewhere than Debian.
      command -v node >/dev/null || say nodejs a test client
      command -v npm >/dev/null || say npm fetches the Node.js test client
      ;;
    browser) say chromium tries the pages ;;
    lint)
      cat <<'LIST'
clang parses for clang-tidy, builds the fuzzers
clang-tidy checks the sources
clang-format lays out the sources
LIST
      case $(os_release VERSION_ID) in
        12) say libclang-rt-14-dev the sanitizers and the fuzzer of clang ;;
        13) say libclang-rt-19-dev the sanitizers and the fuzzer of clang ;;
      esac
      ;;
    model)
      cat <<'LIST'
spin proves the model of the protocol
gcc compiles what spin makes of the model
LIST
      ;;
    instructions)
      cat <<'LIST'
python3 runs the measurements
valgrind counts instructions
LIST
      ;;
    docs)
      cat <<'LIST'
doxygen makes the reference from the headers
mkdocs makes the site of docs/
LIST
      ;;
    package)
      cat <<'LIST'
curl asks the server of a package
debootstrap makes the root folder that packages are tried in
dpkg-dev tells which packages a binary needs
file tells binaries from other files
python3 starts a server of a package as systemd would
LIST
      ;;
    thread)
      cat <<'LIST'
dpkg-dev unpacks the source of CAF
LIST
      ;;
    micro) say libbenchmark-dev measures parts of Sluice by themselves ;;
    bench)
      cat <<'LIST'
ca-certificates lets npm fetch peers
golang-github-gorilla-websocket-dev a peer's WebSocket
golang-go a peer
libboost-dev a peer: Boost.Beast
nginx-light a peer
python3-hypercorn a peer's server
python3-quart a peer
strace counts futex calls
LIST
      packages_of instructions
      packages_of micro
      command -v node >/dev/null || say nodejs a peer
      command -v npm >/dev/null || say npm fetches peers
      ;;
    *) die "no such group: $1" ;;
  esac
}

os_release() (
  # shellcheck source=/dev/null
  . /etc/os-release 2>/dev/null && printf '%s\n' "${!1:-}"
)

# Prints those lines of the groups whose package is not installed.
missing_of() {
  local wanted group
  wanted=$(for group; do packages_of "$group"; done)
  # dpkg-query fails when it does not know a package: that is an answer, not an error.
  { cut -d ' ' -f 1 <<<"$wanted" \
      | xargs dpkg-query -W -f '= ${db:Status-Status} ${Package}\n' 2>/dev/null || true
    say "$wanted"
  } | awk '$1 == "=" { if ($2 == "installed") have[$3]; next }
           !($1 in have) && !seen[$1]++'
}

# --- installing --------------------------------------------------------------------------------

# Installs what the groups need and the machine lacks: all of it or nothing.
install_groups() {
  if ! command -v dpkg-query apt-get >/dev/null; then
    say "This is not Debian: nothing is installed here. CMake will say what is missing."
    return
  fi
  local missing
  missing=$(missing_of "$@")
  [[ -n $missing ]] || return 0
  say "Missing from this machine, to be installed:"
  awk '{ name = $1; $1 = ""; printf "  %-20s %s\n", name, $0 }' <<<"$missing"
  local packages
  mapfile -t packages < <(cut -d ' ' -f 1 <<<"$missing")
  become_root || die "neither root nor sudo: nothing was installed. Have somebody run" \
    "  apt-get install --no-install-recommends ${packages[*]}" \
    "or, on Debian 12, which has no libllhttp-dev: ./dev setup $*"

  scratch=$(mktemp -d)
  trap 'as_root rm -rf "$scratch"' EXIT
  say "Reading the package lists ..."
  quietly as_root apt-get update || die "apt-get update failed: nothing was installed"

  local unavailable debs=()
  unavailable=$(without_candidate "${packages[@]}")
  if grep -qx libllhttp-dev <<<"$unavailable"; then
    fetch_llhttp
    debs=("$scratch"/debs/*.deb)
    unavailable=$(grep -vx libllhttp-dev <<<"$unavailable" || true)
    mapfile -t packages < <(printf '%s\n' "${packages[@]}" | grep -vx libllhttp-dev)
  fi
  [[ -z $unavailable ]] || die "apt has no package" "$unavailable" "nothing was installed"

  say "Installing; this can take some minutes ..."
  if ((${#packages[@]} > 0)); then
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y \
      --no-install-recommends -o DPkg::Lock::Timeout=300 "${packages[@]}" \
      || die "apt-get install failed"
  fi
  if ((${#debs[@]} > 0)); then
    quietly as_root dpkg -i "${debs[@]}" || die "dpkg could not install llhttp"
  fi
  missing=$(missing_of "$@")
  [[ -z $missing ]] || die "still missing after the installation:" "$missing"
  as_root rm -rf "$scratch"
  trap - EXIT
  say "Installed."
}

root_by=()
become_root() {
  ((EUID != 0)) || return 0
  command -v sudo >/dev/null || return 1
  root_by=(sudo)
  # Without a terminal nobody can type a password.
  sudo -n true 2>/dev/null || { [[ -t 0 ]] && sudo -v; }
}
as_root() { "${root_by[@]}" "$@"; }

# Runs a command without its output, unless it fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  ((status == 0)) || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

# Sets `mirror` to where this machine has its own release of Debian from, and makes debootstrap use
# apt's proxy.
find_mirror() {
  local suite proxy
  suite=$(os_release VERSION_CODENAME)
  mirror=$(apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(SITE)' 'Created-By: Packages' \
    | awk -v suite="$suite" '$1 == suite && $2 == "main" && !seen++ { print $3 }')
  [[ -n $mirror ]] || die "no apt source of this machine names ${suite:-a release} and main"
  proxy=$(apt-config dump Acquire::http::Proxy --format '%v')
  [[ -z $proxy ]] || export http_proxy=$proxy
}

# Prints those of the packages that apt cannot install.
without_candidate() {
  { LC_ALL=C apt-cache policy "$@" | awk '
      /^[^ ]/ { name = $1; sub(/:$/, "", name); sub(/:[a-z0-9]+$/, "", name) }
      $1 == "Candidate:" && $2 != "(none)" { print "can", name }'
    printf '%s\n' "$@"
  } | awk '$1 == "can" && NF == 2 { can[$2]; next } !($1 in can)'
}

# Fetches llhttp of Debian 13 into $scratch/debs. It needs only libc, so it installs on Debian 12
# as it is: see docs/adr/0003-llhttp-source.md.
fetch_llhttp() {
  if [[ $(os_release ID) != debian || $(os_release VERSION_CODENAME) != bookworm ]]; then
    die "apt has no libllhttp-dev (Debian 13 and later have it), and this is not Debian 12," \
      "where that of Debian 13 would fit: nothing was installed. Install llhttp 9 by hand."
  fi
  say "Fetching llhttp from Debian 13, since Debian 12 has none ..."
  chmod 755 "$scratch"
  mkdir "$scratch/debs"
  set_private_apt "$scratch" deb 'bookworm|oldstable' trixie
  if getent passwd _apt >/dev/null; then
    as_root chown _apt "$scratch/debs"
  fi
  quietly as_root apt-get "${private[@]}" update \
    || die "cannot read Debian 13's package lists from this machine's mirror; if a key is" \
      "unknown, upgrade the package debian-archive-keyring. Nothing was installed."
  (cd "$scratch/debs" \
    && quietly as_root apt-get "${private[@]}" download libllhttp-dev libllhttp9.2) \
    || die "cannot download libllhttp-dev and libllhttp9.2 of Debian 13: nothing was installed"
}

# Sets `private` to options of apt that leave the machine's sources and lists alone: all is in folder
# $1, and the one source is the machine's own source of Debian's main archive, of type $2 (deb or
# deb-src), for suite $4. It is known by one of the suites $3, an extended regular expression.
set_private_apt() {
  mkdir -p "$1"/{lists/partial,cache/archives/partial,sources}
  private_sources "$1/sources" "${@:2}"
  private=(
    -o "Dir::State::Lists=$1/lists" -o "Dir::Cache=$1/cache"
    -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$1/sources"
    -o Dir::Etc::Preferences=/dev/null -o "Dir::Etc::PreferencesParts=$1/none"
    -o APT::Default-Release= -o APT::Update::Error-Mode=any -o Acquire::Languages=none
  )
}

# Writes that source into folder $1; the other arguments are those of set_private_apt.
private_sources() {
  local type=$2 known=$3 suite=$4 file
  for file in /etc/apt/sources.list.d/*.sources; do
    [[ -r $file ]] || continue
    # A stanza is kept as it is (mirror, keys, options) but for what names the type and the suite.
    awk -v type="$type" -v known="$known" -v suite="$suite" '
      function finish() {
        if (value["types"] ~ /(^| )deb( |$)/ && value["enabled"] !~ /^ *(no|false|0)/ &&
            value["suites"] ~ "(^| )(" known ")( |$)" &&
            value["components"] ~ /(^| )main( |$)/)
          printf "Types: %s\nSuites: %s\nComponents: main\n%s\n", type, suite, rest
        rest = ""; name = ""; delete value
      }
      /^[ \t]*$/ { finish(); next }
      /^#/ { next }
      /^[^ \t]+:/ { name = tolower($1); sub(/:.*/, "", name); start = index($0, ":") + 1 }
      /^[ \t]/ { start = 1 }
      {
        value[name] = value[name] " " substr($0, start)
        if (name !~ /^(types|suites|components|enabled)$/) rest = rest $0 "\n"
      }
      END { finish() }' "$file"
  done >"$1/own.sources"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ -r $file ]] || continue
    sed -nE "s/^[ \t]*deb[ \t]+((\[[^]]*\][ \t]+)?[^ \t]+)[ \t]+($known)[ \t]+(.*[ \t])?main([ \t].*)?\$/$type \1 $suite main/p" "$file"
  done | sort -u >"$1/own.list"
  find "$1" -empty -delete
  [[ -n $(ls "$1" 2>/dev/null) ]] \
    || die "no apt source of this machine names main and one of these suites: ${known//|/, }"
}

# Fetches what the lock file in folder $1 names, called $2, when that file is newer than what is
# there.
fetch_by_npm() {
  local folder=$1
  [[ -f $folder/package-lock.json ]] || return 0
  if [[ ! -d $folder/node_modules || $folder/node_modules -ot $folder/package-lock.json ]]; then
    say "Fetching $2 ..."
    (cd "$folder" && quietly npm ci --no-audit --no-fund) || return 1
    mkdir -p "$folder/node_modules"
    touch "$folder/node_modules"
  fi
}

install_clients() {
  fetch_by_npm tests/clients "the Node.js test client"
}

# Debian's Chromium, and what drives it.
install_browser() {
  (install_groups browser) && fetch_by_npm tests/browser "playwright-core, which drives a browser"
}

install_peers() { fetch_by_npm bench/peers "Bun and Node.js's WebSocket"; }
