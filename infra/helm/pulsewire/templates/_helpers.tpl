{{- define "pulsewire.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "pulsewire.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Of the pods of all services. */}}
{{- define "pulsewire.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "pulsewire.secretName" -}}
{{- .Values.secrets.existingSecret | default (printf "%s-secrets" (include "pulsewire.fullname" .)) }}
{{- end }}

{{- define "pulsewire.image" -}}
{{- with .Values.image }}{{ if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}{{ end }}
{{- end }}

{{/* The services that are on, as a JSON list. */}}
{{- define "pulsewire.services" -}}
{{- $services := list "broker" "detector" "alarm-manager" "recorder" "api" }}
{{- if .Values.bridge.enabled }}{{ $services = append $services "bridge" }}{{ end }}
{{- if .Values.notifier.enabled }}{{ $services = append $services "notifier" }}{{ end }}
{{- if .Values.prover.enabled }}{{ $services = append $services "prover" }}{{ end }}
{{- toJson $services }}
{{- end }}

{{/* What must be said, and what must not be done: refused before anything is made. */}}
{{- define "pulsewire.refusals" -}}
{{- if not .Values.kafka.brokers }}{{ fail "kafka.brokers: name at least one Kafka broker (host:port)" }}{{ end }}
{{- if not .Values.influxdb.url }}{{ fail "influxdb.url: where is InfluxDB?" }}{{ end }}
{{- if and (not .Values.secrets.existingSecret) (not .Values.secrets.influxToken) }}{{ fail "secrets: give existingSecret, or influxToken" }}{{ end }}
{{- if not .Values.broker.tls.secretName }}{{ fail "broker.tls.secretName: the Secret with the certificate that all brokers show" }}{{ end }}
{{- if and .Values.kafka.tls.clientCertificate (not .Values.kafka.tls.secretName) }}{{ fail "kafka.tls.clientCertificate needs kafka.tls.secretName" }}{{ end }}
{{- if and .Values.bridge.enabled (not .Values.bridge.url) }}{{ fail "bridge.url: where is the foreign broker?" }}{{ end }}
{{- with .Values.api.ingress }}
{{- if and .enabled (not .host) }}{{ fail "api.ingress.host: under which name?" }}{{ end }}
{{- if and .enabled (not .tlsSecretName) }}{{ fail "api.ingress.tlsSecretName: passwords do not travel in the open" }}{{ end }}
{{- end }}
{{- range $name := list "detector" "alarm-manager" "recorder" "notifier" }}
{{- $service := index $.Values $name }}
{{- if gt (int $service.replicas) (int $.Values.kafka.partitions) }}{{ fail (printf "%s.replicas: more than kafka.partitions would stand idle" $name) }}{{ end }}
{{- end }}
{{- end }}

{{- define "pulsewire.secretEnv" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef: { name: {{ include "pulsewire.secretName" .root | quote }}, key: {{ .key }} }
{{- end }}

{{/* What every service reads. */}}
{{- define "pulsewire.env" -}}
- { name: PULSEWIRE_OPERATION_PORT, value: '9464' }
- { name: PULSEWIRE_LOG_LEVEL, value: {{ .Values.logLevel | quote }} }
- { name: PULSEWIRE_LOG, value: kafka }
- { name: PULSEWIRE_KAFKA_BROKERS, value: {{ join "," .Values.kafka.brokers | quote }} }
- { name: PULSEWIRE_KAFKA_REPLICATION, value: {{ .Values.kafka.replication | quote }} }
- { name: PULSEWIRE_KAFKA_TOPIC_PREFIX, value: {{ .Values.kafka.topicPrefix | quote }} }
- { name: PULSEWIRE_PARTITIONS, value: {{ .Values.kafka.partitions | quote }} }
{{- with .Values.kafka.tls }}
- { name: PULSEWIRE_KAFKA_TLS, value: {{ ternary "1" "0" .enabled | quote }} }
{{- if and .enabled .secretName }}
- { name: PULSEWIRE_KAFKA_CA_FILE, value: /etc/pulsewire/kafka/ca.crt }
{{- if .clientCertificate }}
- { name: PULSEWIRE_KAFKA_CERT_FILE, value: /etc/pulsewire/kafka/tls.crt }
- { name: PULSEWIRE_KAFKA_KEY_FILE, value: /etc/pulsewire/kafka/tls.key }
{{- end }}
{{- end }}
{{- end }}
- { name: PULSEWIRE_KAFKA_SASL, value: {{ .Values.kafka.sasl.mechanism | quote }} }
{{- if ne .Values.kafka.sasl.mechanism "none" }}
{{ include "pulsewire.secretEnv" (dict "root" . "name" "PULSEWIRE_KAFKA_USERNAME" "key" "kafka-username") }}
{{ include "pulsewire.secretEnv" (dict "root" . "name" "PULSEWIRE_KAFKA_PASSWORD" "key" "kafka-password") }}
{{- end }}
- { name: PULSEWIRE_RETENTION_HOURS, value: {{ .Values.retentionHours | quote }} }
{{- if .Values.tracing.endpoint }}
- { name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ .Values.tracing.endpoint | quote }} }
- { name: OTEL_TRACES_SAMPLER, value: parentbased_traceidratio }
- { name: OTEL_TRACES_SAMPLER_ARG, value: {{ .Values.tracing.ratio | quote }} }
{{- end }}
{{- end }}

{{/* What those read that have the time series before them. */}}
{{- define "pulsewire.storeEnv" -}}
- { name: PULSEWIRE_STORE, value: influxdb }
- { name: PULSEWIRE_INFLUX_URL, value: {{ .Values.influxdb.url | quote }} }
- { name: PULSEWIRE_INFLUX_ORG, value: {{ .Values.influxdb.org | quote }} }
- { name: PULSEWIRE_INFLUX_BUCKET, value: {{ .Values.influxdb.bucket | quote }} }
{{ include "pulsewire.secretEnv" (dict "root" . "name" "PULSEWIRE_INFLUX_TOKEN" "key" "influx-token") }}
{{- if .Values.influxdb.caSecretName }}
- { name: NODE_EXTRA_CA_CERTS, value: /etc/pulsewire/influxdb/ca.crt }
{{- end }}
{{- end }}

{{- define "pulsewire.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}
