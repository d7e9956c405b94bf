package sextant.ingress.controller_supported_test

import data.sextant.ingress.controller_supported as policy

_ref := {"group": "apps", "kind": "Deployment", "namespace": "edge", "name": "nginx"}

_base := {"ref": _ref, "product": "ingress-nginx", "version": "v1.15.1", "admission": "guarded", "namespaces": "", "reads_all_secrets": "no"}

_row(changes) := object.union(_base, changes)

_violation(row, rules) := answer if {
	answer := policy.violation with input as {"rows": [row]}
		with data.sx.rules.ingress as rules
}

_unknown(row, rules) := answer if {
	answer := policy.unknown with input as {"rows": [row]}
		with data.sx.rules.ingress as rules
}

_rules(changes) := object.union({"eol": [], "min_versions": [], "webhook_netpol_required": true}, changes)

_least(version) := _rules({"min_versions": [{"product": "ingress-nginx", "version": version}]})

test_a_supported_controller_passes if {
	_violation(_row({}), _rules({})) == set()
	_violation(_row({}), _least("1.15")) == set()
	_unknown(_row({}), _least("1.15")) == set()
}

test_retired_and_old_ones_fail if {
	retired := _rules({"eol": [{"product": "ingress-nginx", "retired": "2026-03-31"}]})
	_violation(_row({}), retired) == {{"ref": _ref, "message": "ingress-nginx was retired on 2026-03-31; v1.15.1 runs", "evidence": {"product": "ingress-nginx", "version": "v1.15.1", "retired": "2026-03-31"}}}
	_violation(_row({"version": ""}), retired) == {{"ref": _ref, "message": "ingress-nginx was retired on 2026-03-31; an unknown version runs", "evidence": {"product": "ingress-nginx", "version": "", "retired": "2026-03-31"}}}
	_violation(_row({}), _least("1.16.0")) == {{"ref": _ref, "message": "ingress-nginx v1.15.1 is older than 1.16.0", "evidence": {"version": "v1.15.1"}}}
	_unknown(_row({"version": ""}), _least("1.16.0")) == {{"ref": _ref, "message": "its version is not known"}}
}

test_an_open_webhook_fails if {
	_violation(_row({"admission": "open"}), _rules({})) == {{"ref": _ref, "message": "its admission webhook can be reached by every pod", "evidence": {"admission": "open"}}}
	_violation(_row({"admission": "open"}), _rules({"webhook_netpol_required": false})) == set()
	_unknown(_row({"admission": "unknown"}), _rules({})) == {{"ref": _ref, "message": "who reaches its admission webhook is not known"}}
}

test_secrets_of_all_for_some_namespaces_fail if {
	_violation(_row({"namespaces": "a,b", "reads_all_secrets": "yes"}), _rules({})) == {{"ref": _ref, "message": "serves a,b only, yet may read the Secrets of every namespace", "severity": "medium"}}
}
