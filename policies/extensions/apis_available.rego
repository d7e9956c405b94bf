# METADATA
# title: Aggregated APIs answer, and the API server knows whom it asks
# description: >-
#   One dead aggregated API stops the deletion of every namespace and the garbage collector, and
#   hides whatever it serves from audits. One whose certificate is not verified can be answered by
#   anybody who takes its address.
# custom:
#   id: EXT-010
#   severity: high
#   claim: presence
#   requires: [apiregistration.k8s.io/APIService, core/Service]
#   rows: api_services
#   rules: extensions
#   controls: {nist-800-53: [SC-8, CP-10], iso-27001: [A.8.14], mlps-3: [8.1.5.4c]}
#   remediation: >-
#     Bring back the pods behind its Service, or remove the APIService; give it a caBundle instead of
#     insecureSkipTLSVerify.
package sextant.extensions.apis_available

import data.sextant.lib.names
import data.sextant.lib.storage

violation contains {"ref": row.ref, "message": message, "path": "status.conditions[type=Available]", "evidence": {"service": row.service, "systems": row.systems}} if {
	some row in input.rows
	row.available in {"False", "Unknown"}
	_long(row)
	message := sprintf("is not available%s%s", [_reason(row), _behind(row)])
}

violation contains {"ref": row.ref, "message": message, "path": "spec.insecureSkipTLSVerify", "severity": "medium"} if {
	some row in input.rows
	row.insecure
	not names.matches(_rules.insecure_exempt, row.ref.name)
	message := sprintf("the API server does not verify who answers it (Service %s)", [row.service])
}

unknown contains {"ref": row.ref, "message": "it has no condition that says whether it answers", "path": "status.conditions[type=Available]"} if {
	some row in input.rows
	not row.local
	row.available == ""
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_rules := data.sx.rules.extensions.apiservices

_judged(row) if not row.local

_judged(row) if row.available in {"False", "Unknown"}

# A rolling update takes a moment; without a clock it is as it is.
_long(row) if not is_number(row.since)

_long(row) if row.since >= storage.seconds(_rules.grace)

_reason(row) := sprintf(" (%s)", [row.reason]) if row.reason != ""

_reason(row) := "" if row.reason == ""

_behind(row) := sprintf(": Service %s does not exist", [row.service]) if {
	row.service != ""
	row.service_exists == "no"
}

_behind(row) := sprintf(": nothing is ready behind Service %s", [row.service]) if {
	row.service_exists == "yes"
	row.ready == 0
}

_behind(row) := "" if {
	row.service_exists != "yes"
	not _gone(row)
}

_behind(row) := "" if {
	row.service_exists == "yes"
	not row.ready == 0
}

_gone(row) if {
	row.service != ""
	row.service_exists == "no"
}
