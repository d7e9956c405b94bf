package sextant.extensions.apis_available_test

import data.sextant.extensions.apis_available as policy

_row(more) := object.union(
	{
		"ref": {"group": "apiregistration.k8s.io", "kind": "APIService", "namespace": "", "name": "v1.a"}, "local": false, "systems": ["x"],
		"service": "n/s", "service_exists": "yes", "ready": 1, "available": "True", "reason": "Passed", "since": 9000, "insecure": false,
	},
	more,
)

_norm := {"insecure_exempt": ["v1beta1.metrics.*"], "grace": "5m"}

_fails(row) := {f.message | some f in found} if {
	norm := _norm
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.apiservices as norm
}

test_well if _fails(_row({})) == set()

test_dead if {
	_fails(_row({"available": "False", "reason": "FailedDiscoveryCheck"})) == {"is not available (FailedDiscoveryCheck)"}
	_fails(_row({"available": "Unknown", "reason": "", "ready": 0})) == {"is not available: nothing is ready behind Service n/s"}
	_fails(_row({"available": "False", "reason": "", "service_exists": "no", "since": null})) == {"is not available: Service n/s does not exist"}
	_fails(_row({"available": "False", "reason": "", "service_exists": "unknown"})) == {"is not available"}
	_fails(_row({"available": "False", "since": 60})) == set()
}

test_nobody_is_verified if {
	_fails(_row({"insecure": true})) == {"the API server does not verify who answers it (Service n/s)"}
	_fails(_row({"insecure": true, "ref": {"name": "v1beta1.metrics.k8s.io"}})) == set()
}

test_not_known if {
	row := _row({"available": ""})
	result := policy.unknown with input as {"rows": [row]}
	count(result) == 1
}

test_who_is_judged if {
	rows := [_row({}), _row({"ref": {"name": "local"}, "local": true}), _row({"ref": {"name": "dead"}, "local": true, "available": "False"})]
	subjects := policy.subject with input as {"rows": rows}
	{ref.name | some ref in subjects} == {"v1.a", "dead"}
}
