#!/bin/sh
# Makes target/NAME and target/NAME.tar.gz: launcher, jars, a Java runtime with the modules that these need, and an AOT
# cache. For the platform that it runs on, because the runtime is the one of the JDK that it runs with.
#
# Called by Maven with the version and the time that all files get: the same commit and JDK give the same bytes, but for
# the AOT cache. JAVA_HOME is the JDK.
set -eu

version=$1
time=$2

# A training run that hangs must not hang the build with it.
limit=600s

fail() {
  printf 'assemble: %s\n' "$1" >&2
  exit 1
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=${here%/*}
target=$here/target
. "$here/bin/jvm.sh"

[ "$(uname -s)" = Linux ] || fail "$(uname -s): the archive is made on Linux, for Linux"
case $(uname -m) in
  x86_64) architecture=x64 ;;
  aarch64) architecture=arm64 ;;
  *) fail "$(uname -m): neither x86_64 nor aarch64" ;;
esac
command -v strip >/dev/null || fail "strip is missing (apt install binutils)"
name=millrace-$version-linux-$architecture
case $(cat "$target/jars") in
  */millrace-broker-*) ;;
  *) name=millrace-services-$version-linux-$architecture ;;
esac
app=$target/$name

# What jdeps finds in the jars, without java.desktop, of which Jackson and Parquet use a little if it is there; and what
# is looked for by name: jdk.net sets the keep-alive of sockets.
modules=java.base,java.logging,java.management,java.naming,java.security.jgss,java.security.sasl,java.sql
modules=$modules,jdk.httpserver,jdk.management,jdk.net,jdk.unsupported

rm -rf "$target"/millrace-*-linux-*
mkdir -p "$app/bin" "$app/lib"
cp "$here/bin/millrace" "$here/bin/healthcheck" "$here/bin/jvm.sh" "$app/bin/"
cp "$root/LICENSE" "$root/CHANGELOG.md" "$target/sbom.json" "$app/"
"$JAVA_HOME/bin/java" -cp "$target/classes" dev.millrace.dist.OnePlatform "$(cat "$target/jars")" "$app/lib"
# Its manifest names the others, in lib/.
mv "$app/lib/millrace.jar" "$app/"

"$JAVA_HOME/bin/jlink" --add-modules "$modules" --output "$app/runtime" \
  --strip-java-debug-attributes --no-header-files --no-man-pages --compress zip-6

# Names for debuggers, a sixth of the JVM's library.
find "$app/runtime" -name '*.so' -exec strip --strip-unneeded {} +

chmod -R u=rwX,go=rX "$app"
# Before training: a JVM may compare a jar's time with the one that it had then.
find "$app" -exec touch -h -d "$time" {} +

# Becomes the JVM that is trained.
train() {
  # shellcheck disable=SC2086 # words
  exec timeout -k "$limit" "$limit" env -i PATH=/usr/bin:/bin "$app/runtime/bin/java" $jvm_options -XX:+UseG1GC \
    -Xlog:aot=error "-XX:AOTCacheOutput=$app/lib/millrace.aot" -jar "$app/millrace.jar" "$@"
}

work=$(mktemp -d)
log=$target/training.log
: >"$log"
running=
tidy() {
  for process in $running; do
    kill "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap tidy EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# A command of the build's own class path, which has the broker.
whole() { "$JAVA_HOME/bin/java" -jar "$root/cli/target/millrace.jar" "$@"; }

# Waits until file $1 has a line with the text $2; prints what follows it. It goes by the number of looks: whether the
# process that is to write it still runs cannot be seen from a subshell, as kill -0 succeeds on one that nobody has
# waited for.
await() {
  looks=600
  until sed -n "s/^.*$2//p" "$1" | grep .; do
    looks=$((looks - 1))
    if [ "$looks" = 0 ]; then
      printf "assemble: no '%s' within a minute\n" "$2" >&2
      return 1
    fi
    sleep 0.1
  done
}

# The edge is what starts when somebody waits for it, so it is what the image's only cache is made from. What the other
# services have in common with it (the JDK, Kafka's client, the options) they find there too.
#
# Whoever asks for its exit code switches `set -e` off in here, so each step that may fail says so itself.
train_edge() {
  "$JAVA_HOME/bin/java" -jar "$root/cli/target/millrace.jar" broker --port 0 --data "$work/broker" \
    >"$work/kafka" 2>>"$log" &
  running=$!
  kafka=$(await "$work/kafka" 'Kafka listens on ') || return
  train ingest --port 0 --bootstrap-server "$kafka" >"$work/edge" 2>&1 &
  edge=$!
  running="$edge $running"
  url=$(await "$work/edge" 'ingest listens on ') || return
  whole loadgen --target "${url%%;*}" --rate 5k --duration 3s --run "$work/run" >>"$log" 2>&1 || return
  kill -TERM "$edge" || return
  wait "$edge"
}

trained=0
case $name in
  *-services-*)
    : >"$work/edge"
    train_edge || trained=$?
    cat "$work/edge" >>"$log"
    ;;
  *) (train demo --http --page-port 0 --duration 3s --rate 5k --data "$work/data") >>"$log" 2>&1 || trained=$? ;;
esac
if [ "$trained" != 0 ] || [ ! -s "$app/lib/millrace.aot" ]; then
  cat "$log" >&2
  fail "the AOT cache could not be trained, see above"
fi
chmod 644 "$app/lib/millrace.aot"
touch -d "$time" "$app/lib" "$app/lib/millrace.aot"

tar -C "$target" --sort=name --owner=0 --group=0 --numeric-owner --format=gnu --mtime="$time" -cf - "$name" |
  gzip -9n >"$app.tar.gz"
printf 'assemble: %s, %s\n' "$app.tar.gz" "$(du -h "$app.tar.gz" | cut -f1)"
