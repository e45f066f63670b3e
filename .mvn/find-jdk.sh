# shellcheck shell=sh
# Sourced by mvnw, millrace and .ci/run: exports JAVA_HOME, the folder of a JDK that is JDK_NEEDED or newer;
# if there is none, says so in one sentence and exits 1.
#
# Order: JAVA_HOME, the java on PATH, then the folders in which installers put JDKs. Among those the version
# the project is tested with wins, then the newest. A candidate that is too old is passed over.
#
# Starts no JVM in the usual case, because ./millrace pays for this at every start.

JDK_NEEDED=25

# Sets jdk_version to the feature version (25 for 25.0.3) of the JDK in folder $1; fails if there is no JDK.
jdk_read() {
  # lib/modules tells a JDK from /usr, whose bin has a javac too (macOS puts stubs there).
  [ -x "$1/bin/javac" ] && [ -f "$1/lib/modules" ] || return 1
  jdk_version=
  if [ -r "$1/release" ]; then
    while IFS='=' read -r jdk_key jdk_value || [ -n "$jdk_key" ]; do
      if [ "$jdk_key" = JAVA_VERSION ]; then
        jdk_version=${jdk_value#\"}
        break
      fi
    done <"$1/release"
  fi
  if [ -z "$jdk_version" ]; then
    jdk_version=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p')
  fi
  jdk_version=${jdk_version%%[!0-9]*}
  [ -n "$jdk_version" ]
}

jdk_fits() { jdk_read "$1" && [ "$jdk_version" -ge "$JDK_NEEDED" ]; }

# Sets jdk_home to the folder of the java on PATH; fails if there is none.
jdk_on_path() {
  jdk_java=$(command -v java) || return 1
  # /usr/bin/java and most version managers are links into the JDK.
  if [ -h "$jdk_java" ]; then
    jdk_java=$(readlink -f "$jdk_java") || return 1
  fi
  jdk_home=${jdk_java%/bin/java}
}

# Sets jdk_home to the best JDK in the usual folders; fails if none is new enough.
jdk_in_folders() {
  jdk_home=
  jdk_best=0
  for jdk_folder in \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /opt/*jdk* /opt/java/* \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* \
    "${HOME:-}"/.local/share/mise/installs/java/* "${HOME:-}"/.asdf/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME:-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /home/linuxbrew/.linuxbrew/opt/openjdk*/libexec; do
    jdk_fits "$jdk_folder" || continue
    if [ "$jdk_version" -eq "$JDK_NEEDED" ]; then
      jdk_home=$jdk_folder
      return 0
    fi
    if [ "$jdk_version" -gt "$jdk_best" ]; then
      jdk_home=$jdk_folder
      jdk_best=$jdk_version
    fi
  done
  [ -n "$jdk_home" ]
}

if [ -n "${JAVA_HOME:-}" ] && jdk_fits "$JAVA_HOME"; then
  :
elif jdk_on_path && jdk_fits "$jdk_home"; then
  JAVA_HOME=$jdk_home
elif jdk_in_folders; then
  JAVA_HOME=$jdk_home
else
  printf '%s: no JDK %s or newer was found in JAVA_HOME, on PATH or in the usual folders; get one from %s (or: %s), or set JAVA_HOME to yours.\n' \
    "${0##*/}" "$JDK_NEEDED" "https://adoptium.net/temurin/releases/?version=$JDK_NEEDED" \
    "apt install openjdk-$JDK_NEEDED-jdk, brew install openjdk@$JDK_NEEDED, sdk install java" >&2
  exit 1
fi
export JAVA_HOME
