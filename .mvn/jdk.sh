# Finds a JDK that can build and run Ashlar and exports it as JAVA_HOME. POSIX sh; mvnw and .mvn/java source it.
# It looks at JAVA_HOME, then at java on the path, then where distributions and tools put their JDKs.

ashlar_release=25

# Prints the feature release of the JDK at $1: nothing where there is no compiler.
ashlar_release_of() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 0
  "$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([0-9][0-9]*\).*/\1/p'
}

ashlar_accepts() {
  ashlar_found=$(ashlar_release_of "$1")
  [ "${ashlar_found:-0}" -ge "$ashlar_release" ]
}

# Prints the home of the java on the path. Java itself is asked, because that may be a link or a shim.
ashlar_home_on_path() {
  java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p'
}

# Prints the oldest JDK that will do, since the newest is the one that the build has seen least of.
ashlar_home_in_usual_places() (
  set +f
  oldest=
  for home in \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /usr/local/openjdk-* /opt/* /opt/java/* \
    "${HOME-}"/.sdkman/candidates/java/* "${HOME-}"/.jdks/* \
    "${HOME-}"/.asdf/installs/java/* "${HOME-}"/.local/share/mise/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home "${HOME-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    ashlar_accepts "$home" || continue
    if [ -z "$oldest" ] || [ "$ashlar_found" -lt "$oldest_release" ]; then
      oldest=$home oldest_release=$ashlar_found
    fi
    [ "$oldest_release" -gt "$ashlar_release" ] || break
  done
  printf '%s\n' "$oldest"
)

if [ -n "${JAVA_HOME-}" ] && ashlar_accepts "$JAVA_HOME"; then
  ashlar_how="from JAVA_HOME"
elif command -v java >/dev/null && ashlar_home=$(ashlar_home_on_path) && ashlar_accepts "$ashlar_home"; then
  JAVA_HOME=$ashlar_home
  ashlar_how="from the path"
elif ashlar_home=$(ashlar_home_in_usual_places) && [ -n "$ashlar_home" ]; then
  JAVA_HOME=$ashlar_home
  ashlar_how="found there; JAVA_HOME and the path have none"
else
  cat >&2 <<MESSAGE
${0##*/}: no JDK $ashlar_release or later in JAVA_HOME, on the path or in the usual places.
Install one: https://adoptium.net/temurin/releases/?version=$ashlar_release, or with a package manager, such as
  apt install openjdk-$ashlar_release-jdk   dnf install java-$ashlar_release-openjdk-devel
  brew install openjdk@$ashlar_release      sdk install java $ashlar_release-tem
If you have one elsewhere: export JAVA_HOME=/path/to/jdk-$ashlar_release
MESSAGE
  exit 1
fi
export JAVA_HOME
[ -n "${ashlar_quiet-}" ] || echo "${0##*/}: JDK $(ashlar_release_of "$JAVA_HOME") at $JAVA_HOME ($ashlar_how)" >&2
