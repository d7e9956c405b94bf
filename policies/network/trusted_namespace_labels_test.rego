package sextant.network.trusted_namespace_labels_test

import data.sextant.network.trusted_namespace_labels as policy

_ref(name) := {"group": "networking.k8s.io", "kind": "NetworkPolicy", "namespace": "pay", "name": name}

_flow(changes) := object.union({
	"action": "allow", "path": "spec.ingress[0]", "reach": "part", "addresses": [], "pods": [], "all_ports": true,
	"ports": [], "names": [], "opaque": [], "nodes": "none", "narrowed": false, "outside_only": false,
}, changes)

_row(name, namespace, flows) := {
	"ref": object.union(_ref(name), {"namespace": namespace}), "staged": false, "dead": false, "ingress": flows, "egress": [],
}

_peer(keys) := {"everyone": false, "namespace_keys": keys}

_rules := object.union(data.sx.rules.network, {"identity": {"restricted": ["*"], "trusted_label_keys": ["kubernetes.io/metadata.name"]}})

test_labels_that_anyone_may_set if {
	row := _row("a", "pay", [_flow({"pods": [_peer(["team", "env"]), _peer(["kubernetes.io/metadata.name"])]}), _flow({"pods": [_peer(["x"])], "action": "deny"})])
	policy.violation == {{
		"ref": row.ref, "path": "spec.ingress[0]",
		"message": "a rule admits namespaces by labels that are not protected: env, team",
	}} with input as {"rows": [row]} with data.sx.rules.network as _rules
}

test_subjects if {
	fine := _row("a", "pay", [_flow({"pods": [_peer(["kubernetes.io/metadata.name"])]})])
	rows := [fine, _row("b", "kube-system", []), object.union(fine, {"staged": true, "ref": _ref("s")}), object.union(fine, {"dead": true, "ref": _ref("d")})]
	policy.subject == {fine.ref} with input as {"rows": rows} with data.sx.rules.network as _rules
	policy.violation == set() with input as {"rows": rows} with data.sx.rules.network as _rules
	policy.subject == set() with input as {"rows": rows}
}
