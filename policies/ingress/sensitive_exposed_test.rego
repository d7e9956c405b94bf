package sextant.ingress.sensitive_exposed_test

import data.sextant.ingress.sensitive_exposed as policy

_ref := {"group": "networking.k8s.io", "kind": "Ingress", "namespace": "web", "name": "shop"}

_base := {"ref": _ref, "role": "route", "family": "ingress", "acme_solver": false, "included": false, "class": {"name": "nginx"}, "exposure": "external", "hosts": [_host({})], "labels": {}, "annotations": {}, "controller": null, "guards": _guards, "backends": [_backend({})], "namespace_metadata": {}}

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

_rules(changes) := object.union({"sensitive_backends": [{"id": "argo-cd", "labels": ["argocd-server"]}, {"id": "kong-admin", "ports": [8001], "images": ["kong[:@]"]}], "topology": [], "attested_sensitive_hosts": []}, changes)

_host(changes) := object.union({"host": "shop.example", "path": "spec.rules[host=shop.example]", "tls": "terminated", "tls_source": "spec.tls", "plain": "redirects", "plain_source": "why"}, changes)

_guards := {"auth": {"on": "no", "by": []}, "allowed_sources": []}

_backend(changes) := object.union({"path": "p", "kind": "Service", "name": "s", "labels": {}, "images": ["app:1"], "ports": [80]}, changes)

_ui := _backend({"labels": {"app.kubernetes.io/name": "argocd-server"}})

_open := {"backends": [_ui]}

_found := _said("publishes argo-cd through Service s without a login at the edge", "p", {"evidence": {"system": "argo-cd", "exposure": "external"}})

_auth(changes) := {"guards": {"auth": object.union({"on": "no", "by": []}, changes), "allowed_sources": []}}

test_an_ordinary_backend_passes if {
	_violation(_row({}), _rules({})) == set()
	_unknown(_row({}), _rules({})) == set()
	_subject(_row({}), _rules({})) == {_ref}
}

test_a_page_for_keepers_fails if {
	_violation(_row(_open), _rules({})) == {_found}
	_violation(_row(object.union(_open, {"role": "service"})), _rules({})) == {_found}
	admin := _row({"backends": [_backend({"images": ["docker.io/kong:3.9"], "ports": [8001]})]})
	_violation(admin, _rules({})) == {_said("publishes kong-admin through Service s without a login at the edge", "p", {"evidence": {"system": "kong-admin", "exposure": "external"}})}
	proxy := _row({"backends": [_backend({"images": ["docker.io/kong:3.9"], "ports": [8000]})]})
	_violation(proxy, _rules({})) == set()
	anywhere := _rules({"sensitive_backends": [{"id": "kong", "images": ["kong[:@]"]}]})
	count(_violation(proxy, anywhere)) == 1
}

test_a_login_or_a_list_of_addresses_guards_it if {
	_violation(_row(object.union(_open, _auth({"on": "yes", "by": ["x"]}))), _rules({})) == set()
	listed := {"guards": {"auth": {"on": "no", "by": []}, "allowed_sources": ["10.0.0.0/8"]}}
	_violation(_row(object.union(_open, listed)), _rules({})) == set()
	everybody := {"guards": {"auth": {"on": "no", "by": []}, "allowed_sources": ["0.0.0.0/0"]}}
	_violation(_row(object.union(_open, everybody)), _rules({})) == {_found}
	_subject(_row(_open), _rules({"attested_sensitive_hosts": ["shop.*"]})) == set()
	_unknown(_row(object.union(_open, _auth({"on": "unknown"}))), _rules({})) == {_said("publishes argo-cd, and whether the edge asks for a login is not known", "p", {})}
}

test_controllers_keep_their_own_planes_shut if {
	controller := _row({"role": "controller", "controller": {"admin": ["--api.insecure"]}})
	_violation(controller, _rules({})) == {_said("--api.insecure", "spec.template.spec.containers", {})}
	_subject(controller, _rules({})) == {_ref}
}
