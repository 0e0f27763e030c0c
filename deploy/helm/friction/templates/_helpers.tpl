{{- define "friction.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "friction.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "friction.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "friction.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "friction.selector" -}}
app.kubernetes.io/name: {{ include "friction.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "friction.labels" -}}
{{ include "friction.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "friction.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "friction.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "friction.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "friction.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "friction.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Nine tenths of a memory limit, so that the garbage collector works harder before the kernel kills the process. */}}
{{- define "friction.gomemlimit" -}}
{{- $limit := toString . -}}
{{- if hasSuffix "Gi" $limit }}{{ mulf (trimSuffix "Gi" $limit | float64) 921.6 | int }}MiB
{{- else if hasSuffix "Mi" $limit }}{{ mulf (trimSuffix "Mi" $limit | float64) 0.9 | int }}MiB
{{- else if hasSuffix "G" $limit }}{{ mulf (trimSuffix "G" $limit | float64) 858.3 | int }}MiB
{{- else if hasSuffix "M" $limit }}{{ mulf (trimSuffix "M" $limit | float64) 0.8583 | int }}MiB
{{- else }}{{ fail (printf "a memory limit is written as 2Gi or 1536Mi, not as %q" $limit) }}
{{- end }}
{{- end }}

{{/* Environment of every program, beside the configuration file. dict: root, clickhouse (secret and key) */}}
{{- define "friction.env" -}}
- name: FRICTION_CONFIG
  value: /etc/friction/friction.yaml
- name: FRICTION_HTTP_ADDR
  value: 0.0.0.0:9464
- name: FRICTION_CLICKHOUSE_DSN
  valueFrom:
    secretKeyRef:
      name: {{ required "clickhouse.existingSecret: name a secret that holds the DSN of ClickHouse, such as http://user:password@host:8123" .clickhouse.existingSecret }}
      key: {{ .clickhouse.key }}
{{- with .root.Values.kafka.sasl }}
{{- if .existingSecret }}
- name: FRICTION_KAFKA_SASL_PASSWORD
  valueFrom:
    secretKeyRef: {name: {{ .existingSecret }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- with .root.Values.kafka.tls }}
{{- if .existingSecret }}
- name: FRICTION_KAFKA_TLS_ENABLED
  value: "true"
{{- range $name, $key := dict "CA" .ca "CERT" .cert "KEY" .key }}
{{- if $key }}
- name: FRICTION_KAFKA_TLS_{{ $name }}_FILE
  value: /etc/friction/tls/{{ $key }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- with .root.Values.pseudonyms }}
{{- if .existingSecret }}
- name: FRICTION_INPUT_PSEUDONYMISE_KEY_FILE
  value: /etc/friction/pseudonyms/{{ .key }}
{{- end }}
{{- end }}
{{- end }}

{{- define "friction.mounts" -}}
- name: config
  mountPath: /etc/friction/friction.yaml
  subPath: friction.yaml
  readOnly: true
{{- if .Values.kafka.tls.existingSecret }}
- name: kafka-tls
  mountPath: /etc/friction/tls
  readOnly: true
{{- end }}
{{- if .Values.pseudonyms.existingSecret }}
- name: pseudonyms
  mountPath: /etc/friction/pseudonyms
  readOnly: true
{{- end }}
{{- end }}

{{/* dict: root, config (name of the ConfigMap) */}}
{{- define "friction.volumes" -}}
- name: config
  configMap: {name: {{ .config }}}
{{- with .root.Values.kafka.tls.existingSecret }}
- name: kafka-tls
  secret: {secretName: {{ . }}}
{{- end }}
{{- with .root.Values.pseudonyms.existingSecret }}
- name: pseudonyms
  secret: {secretName: {{ . }}}
{{- end }}
{{- end }}
