{{- define "paxoskv-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* Names get suffixes of up to 10 characters. */}}
{{- define "paxoskv-operator.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 53 | trimSuffix "-" }}
{{- else }}
{{- $name := include "paxoskv-operator.name" . }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 53 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 53 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "paxoskv-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "paxoskv-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "paxoskv-operator.labels" -}}
{{- with .Values.commonLabels }}
{{- toYaml . }}
{{ end -}}
{{ include "paxoskv-operator.selectorLabels" . }}
app.kubernetes.io/component: operator
app.kubernetes.io/part-of: paxoskv
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "paxoskv-operator.serviceAccountName" -}}
{{- default (ternary (include "paxoskv-operator.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name }}
{{- end }}

{{- define "paxoskv-operator.leaseName" -}}
{{- default (include "paxoskv-operator.fullname" .) .Values.leaderElection.leaseName }}
{{- end }}

{{- define "paxoskv-operator.image" -}}
{{- $image := .Values.image }}
{{- with $image.registry }}{{ . }}/{{ end }}{{ $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ default .Chart.AppVersion $image.tag }}{{ end }}
{{- end }}

{{- /* Of an object: name (with a suffix), namespace, labels, annotations. Called with a list: the root, the suffix. */}}
{{- define "paxoskv-operator.metadata" -}}
{{- $root := index . 0 -}}
name: {{ include "paxoskv-operator.fullname" $root }}{{ index . 1 }}
namespace: {{ $root.Release.Namespace }}
{{ include "paxoskv-operator.marks" $root }}
{{- end }}

{{- define "paxoskv-operator.marks" -}}
labels:
  {{- include "paxoskv-operator.labels" . | nindent 2 }}
{{- with .Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
