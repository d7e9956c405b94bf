package sextant.extensions.webhooks_safe_test

import data.sextant.extensions.webhooks_safe as policy

_row(hook) := {
	"ref": {"group": "admissionregistration.k8s.io", "kind": "ValidatingWebhookConfiguration", "namespace": "", "name": "c"},
	"hooks": [object.union(
		{
			"name": "v.x", "systems": [], "failure_policy": "Fail", "timeout": 10, "url": "", "service": "n/s", "service_exists": "yes", "ready": 2,
			"ca": "valid", "injected_by": "", "age": 9000, "guards_itself": false, "everything": false, "system_namespaces": [], "vital": [],
			"narrowed": false, "side_effects": "None",
		},
		hook,
	)],
}

_norm := {"security_names": ["guard.*"], "max_timeout": 15, "min_ready": 2, "injection_grace": "15m", "allowed_urls": ["https://127.0.0.1*"]}

_fails(hook) := {[object.get(f, "severity", "high"), f.message] | some f in found} if {
	norm := _norm
	row := _row(hook)
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.webhooks as norm
}

_unknowns(hook) := {f.message | some f in found} if {
	norm := _norm
	row := _row(hook)
	found := policy.unknown with input as {"rows": [row]} with data.sx.rules.extensions.webhooks as norm
}

test_safe if {
	_fails({}) == set()
	_unknowns({}) == set()
}

test_fails_open if {
	_fails({"name": "guard.x", "failure_policy": "Ignore"}) == {["high", "guard.x fails open: what it cannot judge is admitted"]}
	_fails({"failure_policy": "Ignore"}) == set()
}

test_nobody_answers if {
	_fails({"service_exists": "no", "ready": 0}) == {["high", "v.x: Service n/s does not exist; requests are refused"]}
	_fails({"ready": 0}) == {["high", "v.x: nothing is ready behind Service n/s; requests are refused"]}
	_fails({"ready": 0, "failure_policy": "Ignore"}) == {["medium", "v.x: nothing is ready behind Service n/s; requests pass by"]}
	_fails({"ready": 1}) == {["medium", "v.x fails closed with 1 ready endpoint, at least 2 required"]}
}

test_several_hooks_are_told_together if {
	norm := _norm
	one := _row({"ca": "empty"})
	two := object.union(one, {"hooks": array.concat(one.hooks, [object.union(one.hooks[0], {"name": "w.x"})])})
	found := policy.violation with input as {"rows": [two]} with data.sx.rules.extensions.webhooks as norm
	{f.message | some f in found} == {"v.x, w.x: no CA bundle; requests are refused"}
}

test_timeout if _fails({"timeout": 30}) == {["medium", "v.x may hold up a request for 30 seconds, at most 15 allowed"]}

test_deadlock if {
	_fails({"guards_itself": true}) == {["high", "v.x has to admit the pods that answer it: once they are all gone, none can start"]}
	_fails({"guards_itself": true, "narrowed": true}) == set()
	_fails({"everything": true, "system_namespaces": ["kube-system"], "vital": ["nodes"]}) == {["high", "v.x is asked about everything, namespace kube-system, nodes among it, and fails closed"]}
	_fails({"everything": true}) == set()
}

test_trust if {
	_fails({"ca": "expired"}) == {["high", "v.x: every certificate in the CA bundle has expired; requests are refused"]}
	_fails({"ca": "unreadable"}) == {["high", "v.x: the CA bundle holds no certificate; requests are refused"]}
	_fails({"ca": "empty"}) == {["high", "v.x: no CA bundle; requests are refused"]}
	_fails({"ca": "empty", "injected_by": "cert-manager"}) == {["high", "v.x: no CA bundle, which cert-manager is to write; requests are refused"]}
	_fails({"ca": "empty", "injected_by": "cert-manager", "age": 60}) == set()
	_fails({"ca": "empty", "service": "", "service_exists": "no", "ready": null, "url": "https://127.0.0.1:9443"}) == set()
}

test_addresses if _fails({"service": "", "service_exists": "no", "ready": null, "url": "https://hook.example"}) == {["medium", "v.x is asked at https://hook.example, which is not approved"]}

test_not_known if {
	_unknowns({"ready": null}) == {"whether anything is ready behind Service n/s was not read"}
	_unknowns({"ca": "unknown"}) == {"the source has no clock to hold the CA bundle of v.x against"}
}

test_who_is_judged if {
	row := _row({})
	subjects := policy.subject with input as {"rows": [row]}
	count(subjects) == 1
}
