# METADATA
# title: Every kind that the policies need was read completely
# description: >-
#   A report that silently lacks evidence shows passes that nobody proved. The first question of
#   an auditor is what was not seen, so each kind and document that could not be read completely
#   is a verdict of its own.
# custom:
#   id: COV-001
#   severity: high
#   claim: presence
#   rows: coverage
#   controls: {nist-800-53: [CA-7, CM-8], pci-4.0: ["12.5.1"], iso-27001: [A.5.36, A.8.16], mlps-3: [8.1.5.4c]}
#   remediation: >-
#     Bind the least ClusterRole that `sextant rbac` prints to the identity that reads the cluster,
#     repair the API service that did not answer, or mend the document, and run again.
package sextant.coverage.complete_evidence

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	not row.by_nature
	not row.state in {"complete", "absent"}
	message := concat("", ["not read completely (", row.state, ")", _reason(row)])
}

subject contains row.ref if {
	some row in input.rows
	not row.by_nature
}

_reason(row) := concat("", [": ", row.reason]) if row.reason != ""

_reason(row) := "" if row.reason == ""
