#!/bin/sh
# Makes target/NAME and target/NAME.tar.gz: launcher, jars, a Java runtime with the modules that these need, and an AOT
# cache. For the platform that it runs on, because the runtime is the one of the JDK that it runs with.
#
# Called by Maven with the version and the time that all files get: the same commit and JDK give the same bytes, but for
# the AOT cache. JAVA_HOME is the JDK.
set -eu

version=$1
time=$2

# What a cache may take to be trained.
limit=120s

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
name=millrace-$version-linux-$architecture
if [ ! -f "$target/jars/millrace-broker-$version.jar" ]; then
  name=millrace-services-$version-linux-$architecture
fi
app=$target/$name

# Modules: what jdeps finds in the jars, and what nobody names but the JVM looks for at run time:
# jdk.crypto.ec elliptic curves in TLS (part of java.base since 22, named for older ones), jdk.localedata no,
# jdk.management the heap and the processors of a container, jdk.net keep-alive of sockets, jdk.zipfs nothing.
modules=java.base,java.logging,java.management,java.naming,java.net.http,java.security.jgss,java.security.sasl,java.sql
modules=$modules,jdk.httpserver,jdk.management,jdk.net,jdk.unsupported

rm -rf "$app" "$app.tar.gz" "$target/platform"
mkdir -p "$app/bin" "$app/lib" "$target/platform"
cp "$here/bin/millrace" "$here/bin/healthcheck" "$here/bin/jvm.sh" "$app/bin/"
cp "$root/LICENSE" "$root/CHANGELOG.md" "$target/sbom.json" "$app/"
"$JAVA_HOME/bin/java" -cp "$target/classes" dev.millrace.dist.OnePlatform "$target/jars" "$app/lib"
# Its manifest names the others, in lib/.
mv "$app/lib/millrace-cli-$version.jar" "$app/millrace.jar"

"$JAVA_HOME/bin/jlink" --add-modules "$modules" --output "$app/runtime" \
  --strip-java-debug-attributes --no-header-files --no-man-pages --compress zip-6

chmod -R u=rwX,go=rX "$app"
# The JVM refuses a cache if a jar's time is another one than in training; an archive keeps these.
find "$app" -exec touch -h -d "$time" {} +

train() {
  # shellcheck disable=SC2086 # words
  timeout -k 5s "$limit" env -i PATH=/usr/bin:/bin "$app/runtime/bin/java" $jvm_options -XX:+UseG1GC \
    -Xlog:aot=error "-XX:AOTCacheOutput=$app/lib/millrace.aot" "$@"
}

work=$(mktemp -d)
broker=
tidy() {
  if [ -n "$broker" ]; then
    kill "$broker" 2>/dev/null || true
    wait "$broker" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap tidy EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

log=$target/training.log
trained=0
case $name in
  *-services-*)
    "$JAVA_HOME/bin/java" -jar "$root/cli/target/millrace.jar" broker --port 0 --data "$work/broker" \
      >"$work/kafka" 2>"$target/broker.log" &
    broker=$!
    until grep -q '^Kafka listens on ' "$work/kafka"; do
      kill -0 "$broker" 2>/dev/null || fail "the broker did not start, see $target/broker.log"
      sleep 0.1
    done
    mkdir "$work/data"
    train -cp "$app/millrace.jar" dev.millrace.cli.Training \
      "$(sed -n 's/^Kafka listens on //p' "$work/kafka")" "$work/data" >"$log" 2>&1 || trained=$?
    ;;
  *) train -jar "$app/millrace.jar" demo --http --duration 3s --rate 5k --data "$work/data" >"$log" 2>&1 || trained=$? ;;
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
