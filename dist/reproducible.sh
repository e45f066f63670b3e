#!/bin/sh
# Builds the archive twice, from clones of this commit in folders of different names, and compares all of their bytes;
# but not those of the AOT caches, which RATIONALE.md says why. Exit code 0 if they are the same.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# What an archive has: kind, rights, owner, size, time and name of each file, and the sum of its bytes.
contents() {
  tar -tvzf "$1" --numeric-owner --full-time | grep -v '\.aot$'
  mkdir "$1.d"
  tar -xzf "$1" -C "$1.d"
  (cd "$1.d" && find . -type f ! -name '*.aot' -exec sha256sum {} + | sort -k2)
}

for folder in one another/folder; do
  git clone -q "$root" "$work/$folder"
  (cd "$work/$folder" && ./mvnw -B -q -Dquick -Dmaven.test.skip=true -Pdist package -pl dist -am)
  contents "$work/$folder"/dist/target/*.tar.gz >"$work/$(printf %s "$folder" | tr / -).txt"
done
if ! diff "$work/one.txt" "$work/another-folder.txt"; then
  printf 'reproducible: the lines above differ\n' >&2
  exit 1
fi
printf 'reproducible: %s files have the same bytes\n' "$(grep -c '  \./' "$work/one.txt")"
