# shellcheck shell=bash
# shellcheck disable=SC2016,SC2154 # dpkg-query expands; set_private_apt sets `private`
# Part of ./dev, which reads it: CAF's core as the thread sanitizer needs it. The sanitizer sees
# only what was compiled for it, and would take each message that CAF hands over for a race.

# Makes build/caf-tsan a link to the core of the CAF that is installed here, made from Debian's
# source of it and kept in the cache folder. It is made once, and there whole or not at all.
link_instrumented_caf() {
  local version compiler kept
  version=$(dpkg-query -W -f '${source:Version}' libcaf-dev) || die "libcaf-dev is not installed"
  compiler=$(basename "${CXX:-g++}")-$("${CXX:-g++}" -dumpfullversion)
  kept=${XDG_CACHE_HOME:-$HOME/.cache}/sluice/caf-$version-$compiler-tsan
  if [[ ! -d $kept ]]; then
    say "Making CAF's core for the thread sanitizer, once; this takes some minutes ..."
    mkdir -p "$(dirname "$kept")"
    scratch=$(mktemp -d "$kept.XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    fetch_caf "$version"
    make_caf
    # Somebody else may have been faster.
    mv -T "$scratch/made" "$kept" 2>/dev/null || [[ -d $kept ]] || die "can't make $kept"
    rm -rf "$scratch"
    trap - EXIT
  fi
  mkdir -p build
  ln -sfn "$kept" build/caf-tsan
}

# Unpacks the source of CAF, of Debian's version $1, into $scratch/source.
fetch_caf() {
  local suite package files
  suite=$(os_release VERSION_CODENAME)
  package=$(dpkg-query -W -f '${source:Package}' libcaf-dev)
  set_private_apt "$scratch" deb-src "$suite|stable|oldstable" "$suite"
  mkdir "$scratch/files"
  chmod 755 "$scratch"
  quietly apt-get "${private[@]}" update || die "cannot read the lists of Debian's sources"
  if (cd "$scratch/files" \
    && quietly apt-get "${private[@]}" source --download-only "$package=$1" 2>"$scratch/why"); then
    quietly dpkg-source --no-check -x "$scratch"/files/*.dsc "$scratch/source" \
      || die "cannot unpack the source of $package"
    return
  fi
  # Not every mirror has the small files of old sources. What Debian changes in the core is an
  # include of <cstdint>, and make_caf compares the headers.
  files=("$scratch"/files/*.orig.tar.*)
  [[ -f ${files[0]} ]] || die "cannot download the source of $package $1:" "$(<"$scratch/why")"
  say "Debian's changes can't be had from this machine's mirror: CAF is taken as it was released."
  mkdir "$scratch/source"
  tar -xf "${files[0]}" --strip-components=1 -C "$scratch/source" || die "cannot unpack ${files[0]}"
}

# Builds the core in $scratch and installs it into $scratch/made.
make_caf() {
  quietly cmake -S "$scratch/source" -B "$scratch/build" -G Ninja \
    -DCMAKE_POLICY_VERSION_MINIMUM=3.5 -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_CXX_STANDARD=14 \
    -DCMAKE_CXX_FLAGS="-fsanitize=thread -fno-omit-frame-pointer -include cstdint -w" \
    -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
    -DCMAKE_INSTALL_PREFIX="$scratch/made" -DCMAKE_INSTALL_LIBDIR=lib \
    -DCAF_NO_IO=ON -DCAF_NO_TOOLS=ON -DCAF_NO_EXAMPLES=ON -DCAF_NO_UNIT_TESTS=ON \
    -DCAF_NO_OPENSSL=ON -DCAF_NO_OPENCL=ON -DCAF_NO_PYTHON=ON \
    || die "CAF can't be configured"
  quietly env CCACHE_BASEDIR="$scratch" CCACHE_NOHASHDIR=1 cmake --build "$scratch/build" \
    || die "CAF can't be built"
  quietly cmake --install "$scratch/build" || die "CAF can't be installed"
  # What is compiled against the one and linked with the other must be the same. What is only
  # installed is not the core's: caf_io has headers in folders of the core.
  diff -r "$scratch/made/include/caf" /usr/include/caf >"$scratch/differ" || true
  local rest
  rest=$(grep -E '^([<>]|Only in)' "$scratch/differ" \
    | grep -v -e '#include <cstdint>' -e '^Only in /usr/include/caf' || true)
  if [[ -n $rest ]]; then
    cat "$scratch/differ" >&2
    die "CAF's headers are not those that are installed"
  fi
}
