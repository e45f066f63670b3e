#!/bin/bash
# measure-image.sh IMAGE [PORT]: what the image adds to its base, and how long `ingest` takes in a container, from the
# start of its process to the first 200 of /health/ready: nine starts, with the settings that production has (read-only,
# no capabilities, 512 MB, an option in the environment). Needs Docker and the image apache/kafka:4.3.1.
set -euo pipefail

image=$1
port=${2:-18081}
base=$(docker inspect -f '{{index .Config.Labels "org.opencontainers.image.base.name"}}' "$image")
size() { docker image inspect -f '{{.Size}}' "$1"; }
# A builder need not leave it among the images.
size "${base#docker.io/library/}" >/dev/null 2>&1 || docker pull -q "$base" >/dev/null
printf 'beyond %s: %d bytes\n' "$base" $(($(size "$image") - $(size "${base#docker.io/library/}")))

name=millrace-measure-$$
docker network create "$name" >/dev/null
tidy() {
  docker rm -fv "$name-kafka" "$name-ingest" >/dev/null 2>&1 || true
  docker network rm "$name" >/dev/null
}
trap tidy EXIT

docker run -d --name "$name-kafka" --network "$name" \
  -e KAFKA_NODE_ID=1 -e KAFKA_PROCESS_ROLES=broker,controller -e KAFKA_CONTROLLER_QUORUM_VOTERS=1@localhost:9093 \
  -e KAFKA_LISTENERS=PLAINTEXT://:9092,CONTROLLER://:9093 \
  -e "KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://$name-kafka:9092" \
  -e KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT \
  -e KAFKA_CONTROLLER_LISTENER_NAMES=CONTROLLER -e KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR=1 \
  apache/kafka:4.3.1 >/dev/null
for ((i = 0; ; i++)); do
  docker run --rm --network "$name" "$image" topics create --bootstrap-server "$name-kafka:9092" >/dev/null 2>&1 && break
  ((i < 60)) || { echo 'Kafka did not start' >&2; exit 1; }
  sleep 1
done

# In a process of its own: while nothing listens in the container, Docker takes connections, and resets them or, while
# there is no network yet, holds them for a second.
ready() (
  exec 3<>"/dev/tcp/127.0.0.1/$port" || exit
  printf 'GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  IFS= read -r -t 0.1 status <&3 && [[ $status == 'HTTP/1.1 200'* ]]
) 2>/dev/null

times=()
for _ in {1..9}; do
  docker run -d --name "$name-ingest" --network "$name" --read-only --cap-drop all --tmpfs /tmp:exec -m 512m \
    -p "127.0.0.1:$port:8081" -e "MILLRACE_BOOTSTRAP_SERVER=$name-kafka:9092" "$image" ingest --host 0.0.0.0 >/dev/null &
  run=$!
  for ((i = 0; ; i++)); do
    ready && break
    ((i < 10000)) || { docker logs "$name-ingest" >&2; exit 1; }
    sleep 0.002
  done
  now=$(date +%s%N)
  wait "$run"
  started=$(docker inspect -f '{{.State.StartedAt}}' "$name-ingest")
  times+=($(((now - $(date -d "$started" +%s%N)) / 1000000)))
  docker rm -fv "$name-ingest" >/dev/null
done
mapfile -t times < <(printf '%s\n' "${times[@]}" | sort -n)
printf 'ingest ready after %s ms (median of nine: %s)\n' "${times[4]}" "${times[*]}"
