package sextant.network.secondary_networks_test

import data.sextant.network.secondary_networks as policy

_row(name, networks) := {
	"ref": {"group": "apps", "kind": "Deployment", "namespace": "pay", "name": name}, "secondary_networks": networks,
}

_network(changes) := object.union({"name": "infra/macvlan", "exists": true, "has_policy": false, "default_route": false}, changes)

_path := "metadata.annotations[k8s.v1.cni.cncf.io/networks][infra/macvlan]"

_rules(changes) := object.union(data.sx.rules.network, {"secondary": object.union({"allow": [], "require_policy": false}, changes)})

_say(network, changes) := {v.message | some v in found} if {
	rules := _rules(changes)
	row := _row("a", [network])
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.network as rules
}

test_what_does_not_exist if {
	row := _row("a", [_network({"exists": false})])
	policy.violation == {{"ref": row.ref, "path": _path, "message": "it asks for the network infra/macvlan, which does not exist"}} with input as {"rows": [row]}
	policy.subject == {row.ref} with input as {"rows": [row, _row("b", [])]}
}

test_what_is_declared if {
	_say(_network({}), {}) == set()
	allow := {"allow": [{"network": "infra/*", "namespaces": ["core-*"]}]}
	_say(_network({}), allow) == {"it joins the network infra/macvlan, which is not declared for its namespace"}
	_say(_network({"default_route": true}), allow) == {"it joins the network infra/macvlan, which is not declared for its namespace and takes the default route"}
	_say(_network({}), {"allow": [{"network": "infra/*"}]}) == set()
}

test_policies_where_they_are_required if {
	_say(_network({}), {"require_policy": true}) == {"no MultiNetworkPolicy covers its interface in infra/macvlan"}
	_say(_network({"has_policy": true}), {"require_policy": true}) == set()
}
