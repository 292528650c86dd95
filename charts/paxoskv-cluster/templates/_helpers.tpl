{{- /* Names of pods and labels are made of it: 40 characters are the most. */}}
{{- define "paxoskv-cluster.name" -}}
{{- default .Release.Name .Values.name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "paxoskv-cluster.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "paxoskv-cluster.labels" -}}
{{- with .Values.labels }}
{{- toYaml . }}
{{ end -}}
{{ include "paxoskv-cluster.selectorLabels" . }}
app.kubernetes.io/part-of: paxoskv
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* A map without what is null, and without the maps that held nothing else: what is not asked for is not there. As JSON. */}}
{{- define "paxoskv-cluster.given" -}}
{{- $given := dict }}
{{- range $name, $value := . }}
{{- if and (kindIs "map" $value) $value }}
{{- $inner := include "paxoskv-cluster.given" $value | fromJson }}
{{- if $inner }}
{{- $_ := set $given $name $inner }}
{{- end }}
{{- else if not (kindIs "invalid" $value) }}
{{- $_ := set $given $name $value }}
{{- end }}
{{- end }}
{{- toJson $given }}
{{- end }}

{{- /* The Secret with the password; empty: there is none. */}}
{{- define "paxoskv-cluster.authSecretName" -}}
{{- if .Values.auth.enabled }}
{{- default (printf "%s-auth" (include "paxoskv-cluster.name" .)) .Values.auth.secretName }}
{{- end }}
{{- end }}

{{- /* The Secret with the certificates; empty: there is none. */}}
{{- define "paxoskv-cluster.tlsSecretName" -}}
{{- with .Values.tls }}
{{- default (printf "%s-tls" (include "paxoskv-cluster.name" $)) .secretName }}
{{- end }}
{{- end }}
