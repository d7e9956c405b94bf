package sextant.network.host_network_declared_test

import data.sextant.network.host_network_declared as policy

_row(namespace, name, changes) := object.union({
	"ref": {"group": "apps", "kind": "DaemonSet", "namespace": namespace, "name": name}, "labels": {},
	"host_network": true, "host_process": false, "is_static": false, "host_ports": [], "extensions": [],
}, changes)

test_what_is_not_declared_fails if {
	row := _row("legacy", "naked", {})
	static := _row("legacy", "proxy", {"is_static": true})
	windows := _row("legacy", "win", {"host_network": false, "host_process": true})
	ports := _row("legacy", "ports", {"host_network": false, "host_ports": [{"container": "app", "port": 8080, "protocol": "TCP"}]})
	policy.violation == {
		{"ref": row.ref, "path": "spec.hostNetwork", "message": "it uses the network of its node and is not declared"},
		{"ref": static.ref, "path": "spec.hostNetwork", "message": "it uses the network of its node and is not declared (a static pod)"},
		{"ref": windows.ref, "path": "spec.securityContext.windowsOptions.hostProcess", "message": "it runs as a process of a Windows host and is not declared"},
		{
			"ref": ports.ref, "path": "spec.containers[name=app].ports[hostPort=8080]",
			"message": "it takes port 8080 of its node and is not declared", "severity": "low",
		},
	} with input as {"rows": [row, static, windows, ports]}
	policy.subject == {row.ref, static.ref, windows.ref, ports.ref} with input as {"rows": [row, static, windows, ports, _row("a", "b", {"host_network": false})]}
}

test_what_is_declared_passes if {
	rows := [_row("kube-system", "kube-proxy", {}), _row("calico-system", "calico-node", {"extensions": ["calico"]})]
	policy.violation == set() with input as {"rows": rows}
}
