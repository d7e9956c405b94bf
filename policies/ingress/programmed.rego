# METADATA
# title: Routes, gateways and certificates are accepted and programmed
# description: >-
#   What the API server accepted is not what is served: a route that its controller refuses, or a
#   certificate that cannot be issued, is an outage that has begun.
# custom:
#   id: ING-020
#   severity: medium
#   claim: presence
#   requires: [networking.k8s.io/Ingress]
#   optional:
#     - gateway.networking.k8s.io/Gateway
#     - gateway.networking.k8s.io/HTTPRoute
#     - projectcontour.io/HTTPProxy
#     - cert-manager.io/Certificate
#     - cert-manager.io/Issuer
#     - cert-manager.io/ClusterIssuer
#     - acme.cert-manager.io/Order
#     - acme.cert-manager.io/Challenge
#     - core/Service
#     - apps/Deployment
#     - apps/DaemonSet
#   rows: ingress_status
#   rules: ingress
#   controls: {nist-800-53: [SI-13, CM-6], iso-27001: [A.8.16], mlps-3: [8.1.5.4c]}
#   remediation: >-
#     Read the condition's message: it says which reference, name or credential the controller could
#     not use.
package sextant.ingress.programmed

violation contains {"ref": row.ref, "message": message, "path": sprintf("status.conditions[type=%s]", [problem.type]), "evidence": {"reason": problem.reason, "message": problem.message}} if {
	some row in input.rows
	some problem in row.problems
	_lasting(problem)
	message := sprintf("%s is %s%s", [problem.type, problem.status, _because(problem)])
}

violation contains {"ref": row.ref, "message": message, "path": "status.renewalTime"} if {
	some row in input.rows
	is_number(row.renewal_overdue_seconds)
	row.renewal_overdue_seconds > _rules.renewal_grace_hours * 3600
	message := sprintf("should have been renewed %d hours ago", [floor(row.renewal_overdue_seconds / 3600)])
}

violation contains {"ref": row.ref, "message": message, "path": "status.failedIssuanceAttempts"} if {
	some row in input.rows
	row.failed_attempts > 0
	message := sprintf("%d attempts to issue it failed in a row", [row.failed_attempts])
}

violation contains {"ref": row.ref, "message": "has no address, though its controller publishes its own", "path": "status.loadBalancer"} if {
	some row in input.rows
	row.lacks_address
	is_number(row.age_seconds)
	row.age_seconds > _rules.status_grace_minutes * 60
}

unknown contains {"ref": row.ref, "message": message, "path": sprintf("status.conditions[type=%s]", [problem.type])} if {
	some row in input.rows
	some problem in row.pending
	message := sprintf("%s is Unknown%s", [problem.type, _because(problem)])
}

unknown contains {"ref": row.ref, "message": "its controller has written no status"} if {
	some row in input.rows
	row.written == "no"
	not row.lacks_address
}

_rules := data.sx.rules.ingress

# Without a time there is no saying that it is new.
_lasting(problem) if not is_number(problem.age_seconds)

_lasting(problem) if {
	is_number(problem.age_seconds)
	problem.age_seconds > _rules.status_grace_minutes * 60
}

_because(problem) := "" if problem.reason == ""

_because(problem) := concat("", [": ", problem.reason]) if problem.reason != ""
