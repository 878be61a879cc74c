#!/usr/bin/env bash
# usage: get-telegraf.sh OUTDIR   Telegraf with the few plugins that the comparison needs; needs go >= 1.25.5; two to three minutes
set -euo pipefail
OUT=$(realpath -m "$1")
VERSION=v1.37.2
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
mkdir -p "$OUT"
cd "$WORK"
printf 'module local/telegraf-build\n\ngo 1.25.5\n\nrequire github.com/influxdata/telegraf %s\n' "$VERSION" >go.mod
export CGO_ENABLED=0 GOFLAGS='-mod=mod -buildvcs=false'
# Telegraf's own sums: the same modules that its makers built with.
cp "$(go mod download -json "github.com/influxdata/telegraf@$VERSION" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')/go.sum" .
chmod +w go.sum
go build -trimpath \
  -tags 'custom,inputs.mqtt_consumer,inputs.kafka_consumer,outputs.influxdb_v2,outputs.kafka,outputs.discard,outputs.file,parsers.influx,serializers.influx' \
  -ldflags "-s -w -X github.com/influxdata/telegraf/internal.Version=${VERSION#v}" \
  -o "$OUT/telegraf" github.com/influxdata/telegraf/cmd/telegraf
