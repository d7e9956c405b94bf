package sextant.ingress.edge_limits_test

import data.sextant.ingress.edge_limits as policy

_ref := {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "web", "name": "shop"}

_base := {"ref": _ref, "role": "route", "family": "ingress", "acme_solver": false, "included": false, "class": {"name": "nginx"}, "exposure": "external", "hosts": [_host({})], "labels": {}, "annotations": {}, "guards": _guards, "namespace_metadata": {}}

_row(changes) := object.union(_base, changes)

_said(message, path, more) := object.union({"ref": _ref, "message": message, "path": path}, more)

_violation(row, rules) := answer if {
	answer := policy.violation with input as {"rows": [row]}
		with data.sx.rules.ingress as rules
}

_unknown(row, rules) := answer if {
	answer := policy.unknown with input as {"rows": [row]}
		with data.sx.rules.ingress as rules
}

_subject(row, rules) := answer if {
	answer := policy.subject with input as {"rows": [row]}
		with data.sx.rules.ingress as rules
}

_rules(changes) := object.union({"limits": {"required_for": [{}], "attested_hosts": []}, "zones": [], "topology": []}, changes)

_host(changes) := object.union({"host": "shop.example", "path": "spec.rules[host=shop.example]", "tls": "terminated", "tls_source": "spec.tls", "plain": "redirects", "plain_source": "why"}, changes)

_guards := {"body_size": "", "rate": {"on": "yes", "by": ["x"], "broken": [], "weak": []}}

_with(changes) := _row({"guards": object.union(_guards, {"rate": object.union({"on": "yes", "by": ["x"], "broken": [], "weak": []}, changes)})})

_evidence(broken, weak) := {"evidence": {"host": "shop.example", "broken": broken, "weak": weak}}

test_a_guard_in_force_passes if {
	_violation(_with({}), _rules({})) == set()
	_unknown(_with({}), _rules({})) == set()
	_subject(_row({}), _rules({})) == {_ref}
}

test_none_fails if {
	_violation(_with({"on": "no", "by": []}), _rules({})) == {_said("host shop.example is published without a rate limit", "spec.rules[host=shop.example]", _evidence([], []))}
	_violation(_with({"on": "no", "by": [], "broken": ["a"], "weak": ["b"]}), _rules({})) == {_said("host shop.example is published without a rate limit: a; b", "spec.rules[host=shop.example]", _evidence(["a"], ["b"]))}
	_violation(_with({"on": "unknown", "by": [], "weak": ["b"]}), _rules({})) == {_said("host shop.example is published without a rate limit: b", "spec.rules[host=shop.example]", _evidence([], ["b"]))}
}

test_unread_is_unknown if {
	_unknown(_with({"on": "unknown", "by": []}), _rules({})) == {_said("whether host shop.example has a rate limit is not known", "spec.rules[host=shop.example]", {})}
}

test_rules_choose_by_host_class_and_label if {
	_subject(_row({}), _rules({"limits": {"required_for": [{"hosts": ["*.example"], "classes": ["nginx"]}], "attested_hosts": []}})) == {_ref}
	_subject(_row({}), _rules({"limits": {"required_for": [{"hosts": ["*.other"]}, {"labels": {"a": ["b"]}}], "attested_hosts": []}})) == set()
	_subject(_row({"namespace_metadata": {"a": "b"}}), _rules({"limits": {"required_for": [{"labels": {"a": ["b"]}}], "attested_hosts": []}})) == {_ref}
	_subject(_row({}), _rules({"limits": {"required_for": [{}], "attested_hosts": ["shop.*"]}})) == set()
	_subject(_row({}), object.union(_rules({}), {"limits": {"required_for": [], "attested_hosts": []}, "zones": [{"suffix": "example", "namespaces": [], "rate_limit": true}]})) == {_ref}
}

test_requests_of_any_size_fail if {
	row := _row({"guards": object.union(_guards, {"body_size": "unlimited"})})
	_violation(row, _rules({})) == {_said("host shop.example takes requests of any size", "spec.rules[host=shop.example]", {})}
}
