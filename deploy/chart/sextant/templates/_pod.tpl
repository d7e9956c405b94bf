{{/* Words of `sextant audit`, a line each, in JSON: the only place that spells flags. */}}
{{- define "sextant.args" -}}
- audit
{{- if .Values.fleet.enabled }}
- --fleet=/etc/sextant/fleet/fleet.yaml
- --into={{ required "fleet.into: where do reports of a fleet go?" .Values.fleet.into }}
- --shards={{ .Values.fleet.shards }}
{{- else }}
- --in-cluster
{{- end }}
- --quiet
# A failed Job means a broken scanner. What was found stands in the report and its metrics.
- --exit-zero
- --fail-on={{ .Values.audit.failOn }}
{{- if .Values.audit.allowIncomplete }}
- --allow-incomplete
{{- end }}
- --secrets={{ .Values.audit.secrets }}
- --max-qps={{ .Values.audit.maxQps }}
- --timeout={{ .Values.audit.timeout }}
{{- with .Values.audit.select }}
- --select={{ join "," . }}
{{- end }}
{{- with .Values.audit.skip }}
- --skip={{ join "," . }}
{{- end }}
{{- with .Values.audit.environment }}
- --environment={{ . }}
{{- end }}
{{- with .Values.audit.namespaces }}
- --namespace={{ join "," . }}
{{- end }}
{{- range $what := list "rules" "catalog" "policies" }}
{{- if index $.Values $what }}
- --{{ $what }}=/etc/sextant/{{ $what }}
{{- end }}
{{- end }}
{{- if .Values.waivers }}
- --waivers=/etc/sextant/waivers/waivers.yaml
{{- end }}
{{- with .Values.cluster.name }}
- --cluster-name={{ . }}
{{- end }}
{{- if .Values.history.enabled }}
{{- if not (or (hasPrefix "s3://" .Values.history.place) .Values.persistence.enabled .Values.extraVolumeMounts) }}
{{- fail "history.place: a folder needs a volume, since the root cannot be written: persistence.enabled or extraVolumeMounts" }}
{{- end }}
- --history={{ .Values.history.place }}
{{- with .Values.history.keep }}
- --history-keep={{ . }}
{{- end }}
{{- end }}
{{- if .Values.deliver }}
- --deliver=/etc/sextant/deliver/delivery.yaml
{{- end }}
{{- range .Values.audit.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "sextant.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ int64 .Values.runAsUser }}
runAsGroup: {{ int64 .Values.runAsUser }}
fsGroup: {{ int64 .Values.runAsUser }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "sextant.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* What every pod of this chart has in common, but for its container. */}}
{{- define "sextant.podBase" -}}
serviceAccountName: {{ include "sextant.serviceAccount" . }}
# The token is projected below: short-lived, renewed, bound to this pod.
automountServiceAccountToken: false
enableServiceLinks: false
restartPolicy: Never
terminationGracePeriodSeconds: 30
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "sextant.podSecurity" . | nindent 2 }}
{{- end -}}

{{- define "sextant.tokenVolume" -}}
name: token
projected:
  defaultMode: 0440
  sources:
    - serviceAccountToken: {path: token, expirationSeconds: {{ int64 .Values.serviceAccount.tokenSeconds }}}
    - configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}
    - downwardAPI: {items: [{path: namespace, fieldRef: {fieldPath: metadata.namespace}}]}
{{- end -}}

{{- define "sextant.tokenMount" -}}
{name: token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}
{{- end -}}
