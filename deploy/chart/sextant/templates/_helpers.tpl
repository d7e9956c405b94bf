{{- define "sextant.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* A CronJob's name may have 52 characters. */}}
{{- define "sextant.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "sextant.name" .) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Cluster-scoped names carry the namespace, unless it is the release's own name. */}}
{{- define "sextant.clusterName" -}}
{{- $name := include "sextant.fullname" . -}}
{{- if eq $name .Release.Namespace -}}{{ $name }}{{- else -}}{{ printf "%s:%s" .Release.Namespace $name }}{{- end -}}
{{- end -}}

{{- define "sextant.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "sextant.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name: which account, where none is created?" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "sextant.selector" -}}
app.kubernetes.io/name: {{ include "sextant.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sextant.labels" -}}
{{ include "sextant.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* One metadata block: (list root suffix) */}}
{{- define "sextant.metadata" -}}
{{- $root := index . 0 -}}
name: {{ include "sextant.fullname" $root }}{{ index . 1 }}
namespace: {{ $root.Release.Namespace }}
labels:
  {{- include "sextant.labels" $root | nindent 2 }}
{{- end -}}

{{- define "sextant.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* H in a schedule is a number of this release's own; its sum is the same on every upgrade. */}}
{{- define "sextant.schedule" -}}
{{- $sum := printf "%s/%s" .Release.Namespace (include "sextant.fullname" .) | adler32sum | int64 -}}
{{- $fields := list -}}
{{- range $place, $field := splitList " " .Values.schedule -}}
{{- if and (eq $field "H") (eq $place 0) -}}
{{- $fields = append $fields (mod $sum 60 | toString) -}}
{{- else if and (eq $field "H") (eq $place 1) -}}
{{- $fields = append $fields (mod (div $sum 60) 24 | toString) -}}
{{- else if eq $field "H" -}}
{{- fail "schedule: H stands for a minute or an hour" -}}
{{- else -}}
{{- $fields = append $fields $field -}}
{{- end -}}
{{- end -}}
{{- join " " $fields -}}
{{- end -}}

{{- define "sextant.writer" -}}
{{- default (printf "%s-writer" (include "sextant.fullname" .)) .Values.writer.name -}}
{{- end -}}

{{/* The sinks, with the writer's account where a sink writes to this cluster. */}}
{{- define "sextant.deliver" -}}
{{- $as := printf "system:serviceaccount:%s:%s" .Release.Namespace (include "sextant.writer" .) -}}
{{- $sinks := list -}}
{{- range .Values.deliver -}}
{{- $sink := deepCopy . -}}
{{- if hasKey $sink "cluster" -}}
{{- $_ := set $sink "cluster" (merge (deepCopy (default (dict) $sink.cluster)) (dict "as" $as)) -}}
{{- end -}}
{{- if hasKey $sink "configmap" -}}
{{- if ne $.Release.Namespace (dig "configmap" "namespace" $.Release.Namespace $sink) -}}
{{- fail "deliver: the summary stands in the namespace of the release, where its writer may write" -}}
{{- end -}}
{{- $mine := dict "as" $as "namespace" $.Release.Namespace "name" (printf "%s-summary" (include "sextant.fullname" $)) -}}
{{- $_ := set $sink "configmap" (merge (deepCopy (default (dict) $sink.configmap)) $mine) -}}
{{- end -}}
{{- /* Helm reads YAML 1.1, which takes a bare `on` for true. */ -}}
{{- $when := dig "webhook" "when" (dig "webhook" "on" (dig "webhook" "true" "new" $sink) $sink) $sink -}}
{{- if and (hasKey $sink "webhook") (eq "new" $when) (not $.Values.history.enabled) -}}
{{- fail "deliver: a webhook that tells what is new (when: new, the default) needs history.enabled, or when: findings or always" -}}
{{- end -}}
{{- if hasKey $sink "webhook" -}}
{{- $_ := set $sink "webhook" (set (omit $sink.webhook "on" "true") "when" $when) -}}
{{- end -}}
{{- $mounted := or $.Values.persistence.enabled $.Values.extraVolumeMounts -}}
{{- if and (or (hasKey $sink "file") (hasKey $sink "textfile")) (not $mounted) -}}
{{- fail "deliver: a file needs a volume, since the root cannot be written: persistence.enabled or extraVolumeMounts" -}}
{{- end -}}
{{- $sinks = append $sinks $sink -}}
{{- end -}}
{{- toYaml (dict "deliver" $sinks) -}}
{{- end -}}

{{/* Is there a sink of this kind? (list root kind) */}}
{{- define "sextant.has" -}}
{{- $kind := index . 1 -}}
{{- range (index . 0).Values.deliver -}}{{- if hasKey . $kind -}}yes{{- end -}}{{- end -}}
{{- end -}}
