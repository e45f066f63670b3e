# shellcheck shell=sh
# Sourced by ./millrace, which runs from a checkout, and by bin/millrace of the archive and the image: the one place
# for the JVM's options and for how it is started.

# sqlite-jdbc, RocksDB and zstd load native code; lz4-java uses Unsafe. The JVM would warn about each.
# Later compilation: Kafka has thousands of methods that are called often enough by the default, and hardly count; the
# compiler takes most of one of two cores to make them fast at the start. docs/benchmarks.md has what it brings.
jvm_options='--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -XX:CompileThresholdScaling=4'

# Adds what command $1 needs to jvm_options.
jvm_options_of_command() {
  # The edge is to be small: what it holds is bounded, and little of its garbage lives. Should the bounds be wrong, one
  # that is started again serves better than one that has lost a thread.
  case $1 in
    ingest) jvm_options="$jvm_options -XX:+UseSerialGC -Xms96m -Xmn48m -Xmx256m -XX:+ExitOnOutOfMemoryError" ;;
  esac
}

# jvm_exec JAVA CACHE JAR ARGUMENT...: becomes the JVM. CACHE is an AOT cache, or empty.
jvm_exec() {
  jvm_java=$1
  jvm_cache=$2
  shift 2
  case " ${MILLRACE_JAVA_OPTS:-}" in
    # The JVM refuses to start with two of these.
    *' -XX:AOT'* | *' -Xshare'* | *' -XX:Shared'*) jvm_cache= ;;
  esac
  # Options are split at spaces, but never expanded as file names.
  set -f
  # `bench start` starts others by the launcher.
  # shellcheck disable=SC2086 # words
  set -- $jvm_options "-Dmillrace.launcher=$0" ${MILLRACE_JAVA_OPTS:-} -jar "$@"
  if [ -n "$jvm_cache" ]; then
    # Without the logs, options or a JDK that do not fit the cache would print warnings into the results on stdout.
    set -- "-XX:AOTCache=$jvm_cache" '-Xlog:aot*=off,cds*=off' "$@"
  fi
  # This one is the launcher's own, and Millrace refuses settings that it does not know.
  unset MILLRACE_JAVA_OPTS
  exec "$jvm_java" "$@"
}
