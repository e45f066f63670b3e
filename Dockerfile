# One image for all that runs in production: docker build -t millrace:dev . ; docs/image.md has how to run it.
# No "# syntax=" line: nothing is needed that the builder does not know by itself.

# The POMs alone, so that the layer with all that Maven downloads stays until one of them changes.
FROM maven:3-eclipse-temurin-25 AS poms
WORKDIR /src
COPY . .
RUN find . -type f ! -name pom.xml ! -name mvnw ! -path './.mvn/*' -delete && find . -type d -empty -delete

FROM maven:3-eclipse-temurin-25 AS build
WORKDIR /src
# For strip.
RUN apt-get update && apt-get install -y --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*
COPY --from=poms /src .
# Builds nothing out of nothing, and downloads what that takes.
RUN ./mvnw -B -q -Dquick -Dmaven.test.skip=true -Pdist -Dservices -Dexec.skip package
COPY . .
# -Dservices: without the embedded broker and the benchmarks. The AOT cache is trained here; it stands moving.
RUN ./mvnw -B -q -Dquick -Dmaven.test.skip=true -Pdist -Dservices package -pl dist -am \
  && mv dist/target/millrace-services-*/ /opt/millrace \
  && mkdir /opt/data

# glibc: what is native in SQLite and zstd, and the JVM of the build stage, is for that and not for musl.
FROM debian:trixie-slim
LABEL org.opencontainers.image.title="Millrace" \
      org.opencontainers.image.description="Request events in, RED metrics out: a Kafka Streams pipeline" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/debian:trixie-slim"
COPY --from=build /opt/millrace /opt/millrace
# State and the SQLite file; the only folder that is written to, beside /tmp.
COPY --from=build --chown=10001:10001 /opt/data /data
VOLUME /data
WORKDIR /data
# No name in /etc/passwd is needed, and a number is what Kubernetes' runAsNonRoot can judge.
USER 10001:10001
ENV LANG=C.UTF-8
STOPSIGNAL SIGTERM
# The port is that of the command that runs; commands that serve nothing are healthy.
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 CMD ["/opt/millrace/bin/healthcheck"]
# The launcher becomes the JVM, so signals reach it. A container's memory is the JVM's own, so most of it may be heap;
# ingest has a limit of its own, which wins.
ENTRYPOINT ["/opt/millrace/bin/millrace", "-J-XX:MaxRAMPercentage=70"]
CMD ["--help"]
