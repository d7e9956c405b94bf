# What several policies of the aspect network ask. Functions of their arguments only.
package sextant.lib.network

# What rules leave unsaid is not required: an own file replaces the default one as a whole.
norm(rules) := object.union(_unsaid, rules)

_unsaid := {
	"approved": [], "chains": [], "attested": {"overlay": false, "enforcement": false}, "enforcers": {"extra": []},
	"exclude_nodes": [], "node_grace": "0s", "exempt_namespaces": [],
	"default_deny": {"ingress": "off", "egress": "off", "accept_kinds": []},
	"admin_policy_support": {}, "open_probes": {"ipv4": [], "ipv6": []}, "private_ranges": [],
	"isolation": {"ingress": false, "egress": false, "exclude": [], "egress_exempt": []},
	"allow_all": {"exempt": []},
	"dangling": {"grace": "0s", "ignore_managed_by": []},
	"propagation_grace": "0s",
	"guardrails": [],
	"metadata": {"providers": [], "forced": false, "probe_ips": [], "exempt": [], "attested": false},
	"dns": {"targets": []},
	"egress": {"restricted": [], "gateways": [], "probe_public_ips": [], "attested": false},
	"nodes": {"protected_ports": [], "exempt": []},
	"hostnetwork": {"allow": []},
	"encryption": {"level": "off", "accept": [], "attested": false, "crypto": "intl", "ipv6": false, "hosts": false},
	"writers": {"platform_subjects": [], "systems_are_platform": false, "protected": []},
	"addresses": {"reserved_ranges": [], "usage_max": 1},
	"secondary": {"allow": [], "require_policy": false},
	"identity": {"restricted": [], "trusted_label_keys": []},
	"engines": {"declared_combinations": []},
	"exposure": {"allow": [], "node_port_restricted": []},
}

# A name that one of the globs covers.
named(name, globs) if {
	some pattern in globs
	glob.match(pattern, [], name)
}

# Labels that hold every pair of one of the maps.
labelled(labels, maps) if {
	some wanted in maps
	count(wanted) > 0
	every key, value in wanted { object.get(labels, key, null) == value }
}

# An enforcer that rules name and that is ready somewhere.
extra_enforcer(network, extra) if {
	some wanted in extra
	some set in network.daemon_sets
	glob.match(wanted.daemonset, [], set.name)
	some container in set.containers
	regex.match(wanted.container_regex, container)
	set.ready > 0
}

# Whether policies are enforced, with what rules add to what was seen.
enforced(network, rules) := "yes" if {
	_enforced_here(network, rules)
} else := network.enforced

_enforced_here(network, _) if network.enforced == "yes"

_enforced_here(network, rules) if extra_enforcer(network, rules.enforcers.extra)

_enforced_here(network, rules) if {
	network.enforced == "unknown"
	rules.attested.enforcement
}

reached(addresses, ip) if {
	some cidr in addresses
	net.cidr_contains(cidr, ip)
}

# Addresses that hold all of the internet of one family, and a private range or none to leave out.
open_addresses(addresses, probes, private) if {
	some family in ["ipv4", "ipv6"]
	count(probes[family]) > 0
	every ip in probes[family] { reached(addresses, ip) }
	_meets_private(addresses, [range | some range in private; _family(range) == family])
}

_family(range) := "ipv6" if contains(range, ":")

_family(range) := "ipv4" if not contains(range, ":")

_meets_private(_, private) if count(private) == 0

_meets_private(addresses, private) if {
	some range in private
	some cidr in addresses
	_overlap(cidr, range)
}

_overlap(a, b) if net.cidr_contains(a, b)

_overlap(a, b) if net.cidr_contains(b, a)

# Names of policies, for a message.
names(refs) := concat(", ", sort({ref.name | some ref in refs}))

# Admin policies mean something only under a plug-in that knows them: yes, no, unknown.
admin_support(plugins, table) := "yes" if {
	some plugin in plugins
	_supports(plugin, table)
} else := "unknown" if {
	some plugin in plugins
	plugin.live
	table[plugin.id]
	not semver.is_valid(_version(plugin))
} else := "no"

_supports(plugin, table) if {
	plugin.live
	table[plugin.id] == "0.0.0"
}

_supports(plugin, table) if {
	plugin.live
	table[plugin.id]
	semver.is_valid(_version(plugin))
	semver.compare(_version(plugin), table[plugin.id]) >= 0
}

# `v3.32.1-rancher2+k3s1, v0.28.9` → `3.32.1`
_version(plugin) := concat(".", [trim_left(part, "v") | some part in split(split(split(split(plugin.version, ",")[0], "-")[0], "+")[0], ".")])

# What is wrong with the default deny of a namespace in one direction, as
# {"message", "severity", "evidence"}; undefined where nothing is.
default_deny_fault(row, direction, rules, cluster) := fault if {
	isolation := row.network[direction]
	problem := _problem(row, isolation, direction, rules, cluster)
	fault := {
		"message": problem.message,
		"severity": _severity(row, problem),
		"evidence": _evidence(row, isolation),
	}
}

# A namespace of which it cannot be said.
default_deny_doubt(row, direction, rules, cluster) := "whether anything enforces network policies is unknown" if {
	enforced(cluster.network, rules) == "unknown"
	not _lacks(row, row.network[direction], direction, rules, cluster)
} else := "the only default deny is of a kind whose support by the network plug-in is unknown" if {
	_admin_only(_strict(row.network[direction], rules), row.network[direction], rules, direction)
	admin_support(cluster.network.plugins, rules.admin_policy_support) == "unknown"
} else := concat("", ["a policy cannot be read: ", row.network[direction].reason]) if {
	row.network[direction].isolated == "unknown"
}

# The policies that deny without admitting anything, of the kinds that count.
_strict(isolation, rules) := [by | some by in isolation.default_deny_by; _accepted(by.policy, rules.default_deny.accept_kinds)]

_accepted(_, kinds) if count(kinds) == 0

_accepted(policy, kinds) if concat("/", [_group(policy), policy.kind]) in kinds

_group(policy) := "core" if policy.group == ""

_group(policy) := policy.group if policy.group != ""

_admin_only(strict, isolation, rules, direction) if {
	rules.default_deny[direction] == "required"
	count(strict) > 0
	isolation.isolated == "yes"
	every by in strict { by.policy.group == "policy.networking.k8s.io" }
}

_lacks(row, isolation, direction, rules, cluster) if _problem_of_policies(row, isolation, direction, rules, cluster)

_problem(row, isolation, direction, rules, cluster) := problem if {
	enforced(cluster.network, rules) != "no"
	problem := _problem_of_policies(row, isolation, direction, rules, cluster)
} else := {"message": "not enforced: it has a default deny, but nothing in the cluster enforces network policies"} if {
	enforced(cluster.network, rules) == "no"
	not _problem_of_policies(row, isolation, direction, rules, cluster)
} else := {"message": sprintf("%s, and nothing in the cluster enforces network policies", [problem.message])} if {
	enforced(cluster.network, rules) == "no"
	problem := _problem_of_policies(row, isolation, direction, rules, cluster)
}

_problem_of_policies(row, isolation, direction, rules, cluster) := {"message": message} if {
	not _covered(row, isolation, direction, rules)
	isolation.isolated != "unknown"
	message := _why_not(isolation, direction)
} else := {"message": "the only default deny is of a kind that the network plug-in does not support"} if {
	_admin_only(_strict(isolation, rules), isolation, rules, direction)
	admin_support(cluster.network.plugins, rules.admin_policy_support) == "no"
} else := {"message": sprintf("its default deny of %s is undone: %s opens everything", [direction, names(_openers(isolation))])} if {
	count(_openers(isolation)) > 0
} else := {"message": sprintf("its default deny of %s is undone: %s opens nearly all addresses", [direction, names([by.policy | some by in isolation.open_addresses_by])])} if {
	not _world(isolation)
	open_addresses(isolation.open_addresses, rules.open_probes, rules.private_ranges)
} else := {"message": sprintf("its default deny of %s is opened to the world outside by %s", [direction, names([by.policy | some by in isolation.opened_by])]), "severity": "medium"} if {
	_world(isolation)
}

_openers(isolation) := [by.policy | some by in isolation.opened_by; by.reach in {"everything", "family"}]

_world(isolation) if {
	some by in isolation.opened_by
	by.reach == "world"
}

_covered(_, isolation, direction, rules) if {
	rules.default_deny[direction] == "required"
	count(_strict(isolation, rules)) > 0
}

_covered(_, isolation, direction, rules) if {
	rules.default_deny[direction] == "covered"
	isolation.isolated == "yes"
}

_covered(row, isolation, direction, rules) if {
	rules.default_deny[direction] == "covered"
	row.workloads > 0
	isolation.open_workloads == 0
}

_why_not(isolation, direction) := sprintf("a default deny of %s is only staged: %s", [direction, names(isolation.staged)]) if {
	count(isolation.staged) > 0
} else := sprintf("policies isolate its pods for %s, but none denies everything: %s", [direction, names([by.policy | some by in isolation.isolated_by])]) if {
	count(isolation.isolated_by) > 0
} else := sprintf("no default deny of %s: policies isolate only some of its pods", [direction]) if {
	count(isolation.partial) > 0
} else := sprintf("no default deny of %s: its policies are of an engine that does not run here: %s", [direction, names(isolation.dead)]) if {
	count(isolation.dead) > 0
} else := sprintf("no network policy denies %s by default", [direction])

# Nothing runs in it yet: only pods to come are open.
_severity(row, problem) := "low" if {
	row.pods == 0
	row.workloads == 0
} else := object.get(problem, "severity", "high")

_evidence(row, isolation) := {
	"default_deny_by": [by.policy.name | some by in isolation.default_deny_by],
	"opened_by": [by.policy.name | some by in isolation.opened_by],
	"isolates_some": [policy.name | some policy in isolation.partial],
	"enforced": row.network.enforced,
}

# `10m`, `36h`, `14d` in nanoseconds.
duration_ns(text) := to_number(trim_suffix(text, "d")) * 86400000000000 if {
	endswith(text, "d")
} else := time.parse_duration_ns(text)

# Made so short a time ago that it may still be settling. What has no date is not young.
young(created, grace, now) if time.parse_rfc3339_ns(now) - time.parse_rfc3339_ns(created) < duration_ns(grace)

# A row of pods that one of the selections covers: by namespace, name and labels, each a glob or none.
selected(row, selections) if {
	some wanted in selections
	glob.match(object.get(wanted, "namespace", "*"), null, row.ref.namespace)
	glob.match(object.get(wanted, "name", "*"), null, row.ref.name)
	every key, value in object.get(wanted, "labels", {}) { object.get(row.labels, key, null) == value }
}

# What policies make of a connection to an address: allow, deny or unknown. The first step that
# matches decides; what none matches is allowed.
to_address(flows, ip, protocol, port) := verdict if {
	steps := [step | some flow in flows; step := _step(flow, ip, protocol, port)]
	verdict := _first(steps)
}

_first(steps) := "allow" if {
	count(steps) == 0
} else := "unknown" if {
	steps[0] in {"pass", "maybe"}
} else := steps[0]

_step(flow, ip, protocol, port) := flow.action if {
	_on_port(flow, protocol, port)
	not _only_part(flow)
	_to(flow, ip)
} else := "maybe" if {
	_on_port(flow, protocol, port)
	count(flow.opaque) > 0
}

# A rule to deny with further conditions does not deny everything.
_only_part(flow) if {
	flow.narrowed
	flow.action == "deny"
}

_to(flow, _) if flow.reach == "everything"

_to(flow, _) if "world" in flow.entities

_to(flow, ip) if reached(flow.addresses, ip)

_on_port(flow, _, _) if flow.all_ports

_on_port(flow, protocol, port) if {
	some range in flow.ports
	range.protocol in {protocol, "ANY"}
	range.name == ""
	range.from <= port
	port <= range.to
}

_on_port(flow, _, _) if {
	flow.narrowed
	count(flow.ports) == 0
}

# The flows that can decide about nodes: asked once for many ports.
toward_nodes(flows) := [flow | some flow in flows; _concerns_nodes(flow)]

_concerns_nodes(flow) if flow.nodes in {"all", "some"}

_concerns_nodes(flow) if count(flow.opaque) > 0

# The same for some node of the cluster.
to_nodes(flows, protocol, port) := verdict if {
	steps := [step | some flow in flows; step := _node_step(flow, protocol, port)]
	verdict := _first(steps)
}

_node_step(flow, protocol, port) := flow.action if {
	_on_port(flow, protocol, port)
	not _only_part(flow)
	flow.nodes == "all"
} else := "allow" if {
	_on_port(flow, protocol, port)
	flow.action == "allow"
	flow.nodes == "some"
} else := "maybe" if {
	_on_port(flow, protocol, port)
	count(flow.opaque) > 0
}

# A label selector over labels; null holds for nothing, {} for everything.
matches(selector, labels) if {
	is_object(selector)
	every key, value in object.get(selector, "matchLabels", {}) { object.get(labels, key, null) == value }
	every need in object.get(selector, "matchExpressions", []) { _holds(need, labels) }
}

_holds(need, labels) if {
	need.operator == "In"
	object.get(labels, need.key, null) in need.values
}

_holds(need, labels) if {
	need.operator == "NotIn"
	not object.get(labels, need.key, null) in need.values
}

_holds(need, labels) if {
	need.operator == "Exists"
	object.get(labels, need.key, null) != null
}

_holds(need, labels) if {
	need.operator == "DoesNotExist"
	object.get(labels, need.key, null) == null
}

# What is wrong with the isolation of pods in one direction; undefined where nothing is.
isolation_fault(isolation, direction, enforced) := sprintf("its pods are selected for %s, but nothing in the cluster enforces network policies", [direction]) if {
	enforced == "no"
	isolation.isolated == "yes"
} else := sprintf("its pods are isolated for %s, but %s opens everything", [direction, names([by.policy | some by in isolation.opened_by; by.reach in {"everything", "family"}])]) if {
	isolation.isolated == "yes"
	isolation.neutralised
} else := sprintf("only a staged policy would isolate its pods for %s: %s", [direction, names(isolation.staged)]) if {
	isolation.isolated == "no"
	count(isolation.staged) > 0
} else := sprintf("no network policy selects its pods for %s", [direction]) if {
	isolation.isolated == "no"
}

# Why the isolation of pods cannot be told; undefined where it can.
isolation_doubt(isolation, enforced) := sprintf("a policy cannot be read: %s", [isolation.reason]) if {
	isolation.isolated == "unknown"
} else := "whether anything enforces network policies is unknown" if {
	isolation.isolated == "yes"
	not isolation.neutralised
	enforced == "unknown"
}

# What policies say, in the light of whether anything enforces them.
settled(verdict, isolation, enforced) := "allow" if {
	enforced == "no"
} else := "unknown" if {
	verdict == "deny"
	enforced == "unknown"
} else := "unknown" if {
	verdict == "allow"
	isolation.isolated == "unknown"
} else := verdict
