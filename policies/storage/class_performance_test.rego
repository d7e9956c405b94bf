package sextant.storage.class_performance_test

import data.sextant.storage.class_performance as policy

_row := {
	"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "namespace": "", "name": "gold"},
	"name": "gold",
	"labels": {},
	"properties": {
		"performance.iops": {"value": 12000, "strength": "observed", "source": "parameter x"},
		"performance.iops_per_gib": {"value": null, "strength": "unknown", "source": "opaque"},
		"performance.throughput_mibps": {"value": 600, "strength": "observed", "source": "parameter x"},
		"performance.media": {"value": "ssd", "strength": "observed", "source": "parameter x"},
		"performance.latency_ms": {"value": null, "strength": "unknown", "source": "opaque"},
	},
	"used": {"smallest_gib": 100, "namespaces": []},
}

_rules := object.union(data.sx.rules.storage, {
	"tiers": {
		"gold": {
			"classes": ["gold"],
			"performance": {"min_iops": 10000, "min_throughput_mibps": 500, "media": ["nvme", "ssd"]},
		},
	},
})

_violations(rows, rules) := found if {
	found := policy.violation with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

_unknowns(rows, rules) := found if {
	found := policy.unknown with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

_subjects(rows, rules) := found if {
	found := policy.subject with input.rows as rows with data.sx.rules.storage as rules with data.sx.snapshot as {"time": "2026-11-23T09:00:00Z"}
}

test_proven_performance_passes if {
	rows := [_row]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_too_little_fails if {
	rows := [object.union(_row, {
		"properties": {
			"performance.iops": {"value": 3000, "strength": "platform-default", "source": "baseline of gp3"},
			"performance.iops_per_gib": {"value": null, "strength": "unknown", "source": "opaque"},
			"performance.throughput_mibps": {"value": 125, "strength": "observed", "source": "parameter x"},
			"performance.media": {"value": "hdd", "strength": "observed", "source": "parameter x"},
			"performance.latency_ms": {"value": null, "strength": "unknown", "source": "opaque"},
		},
	})]
	rules := _rules
	_violations(rows, rules) == {
		{
			"evidence": {"performance.iops": {"source": "baseline of gp3", "strength": "platform-default", "value": 3000}},
			"message": "iops is 3000, and tier gold asks for 10000 (baseline of gp3)",
			"path": "parameters",
			"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		},
		{
			"evidence": {"performance.media": {"source": "parameter x", "strength": "observed", "value": "hdd"}},
			"message": "media is hdd, and tier gold asks for nvme or ssd (parameter x)",
			"path": "parameters",
			"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		},
		{
			"evidence": {"performance.throughput_mibps": {"source": "parameter x", "strength": "observed", "value": 125}},
			"message": "throughput in MiB/s is 125, and tier gold asks for 500 (parameter x)",
			"path": "parameters",
			"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		},
	}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_nothing_proven_is_unknown if {
	rows := [object.union(_row, {
		"properties": {
			"performance.iops": {"value": null, "strength": "unknown", "source": "opaque"},
			"performance.iops_per_gib": {"value": null, "strength": "unknown", "source": "opaque"},
			"performance.throughput_mibps": {"value": null, "strength": "unknown", "source": "opaque"},
			"performance.media": {"value": null, "strength": "unknown", "source": "opaque"},
			"performance.latency_ms": {"value": null, "strength": "unknown", "source": "opaque"},
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {
		{
			"evidence": {"performance.iops": {"source": "opaque", "strength": "unknown", "value": null}},
			"message": "iops cannot be proven, and tier gold asks for 10000: opaque",
			"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		},
		{
			"evidence": {"performance.media": {"source": "opaque", "strength": "unknown", "value": null}},
			"message": "media cannot be proven, and tier gold asks for nvme or ssd: opaque",
			"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		},
		{
			"evidence": {"performance.throughput_mibps": {"source": "opaque", "strength": "unknown", "value": null}},
			"message": "throughput in MiB/s cannot be proven, and tier gold asks for 500: opaque",
			"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
		},
	}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_an_attestation_counts if {
	rows := [object.union(_row, {
		"properties": {
			"performance.iops": {"value": null, "strength": "unknown", "source": "opaque"},
			"performance.iops_per_gib": {"value": null, "strength": "unknown", "source": "opaque"},
			"performance.throughput_mibps": {"value": 600, "strength": "observed", "source": "parameter x"},
			"performance.media": {"value": "ssd", "strength": "observed", "source": "parameter x"},
			"performance.latency_ms": {"value": null, "strength": "unknown", "source": "opaque"},
		},
	})]
	rules := object.union(_rules, {
		"attestations": [
			{
				"class": "gold",
				"property": "performance.iops",
				"value": 20000,
				"evidence": "test report 7",
				"owner": "storage-team",
				"expires": "2027-01-01",
			},
		],
	})
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_an_expired_attestation_does_not if {
	rows := [object.union(_row, {
		"properties": {
			"performance.iops": {"value": null, "strength": "unknown", "source": "opaque"},
			"performance.iops_per_gib": {"value": null, "strength": "unknown", "source": "opaque"},
			"performance.throughput_mibps": {"value": 600, "strength": "observed", "source": "parameter x"},
			"performance.media": {"value": "ssd", "strength": "observed", "source": "parameter x"},
			"performance.latency_ms": {"value": null, "strength": "unknown", "source": "opaque"},
		},
	})]
	rules := object.union(_rules, {
		"attestations": [
			{
				"class": "gold",
				"property": "performance.iops",
				"value": 20000,
				"evidence": "test report 7",
				"owner": "storage-team",
				"expires": "2026-01-01",
			},
		],
	})
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {{
		"evidence": {
			"performance.iops": {
				"source": "opaque; the attestation by storage-team expired on 2026-01-01",
				"strength": "unknown",
				"value": null,
			},
		},
		"message": "iops cannot be proven, and tier gold asks for 10000: opaque; the attestation by storage-team expired on 2026-01-01",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_a_proof_that_is_not_accepted_fails if {
	rows := [object.union(_row, {
		"properties": {
			"performance.iops": {"value": 12000, "strength": "platform-default", "source": "parameter x"},
			"performance.iops_per_gib": {"value": null, "strength": "unknown", "source": "opaque"},
			"performance.throughput_mibps": {"value": 600, "strength": "observed", "source": "parameter x"},
			"performance.media": {"value": "ssd", "strength": "observed", "source": "parameter x"},
			"performance.latency_ms": {"value": null, "strength": "unknown", "source": "opaque"},
		},
	})]
	rules := object.union(_rules, {"tiers": {"gold": {"accept": {"performance": ["observed"]}}}})
	_violations(rows, rules) == {{
		"evidence": {"performance.iops": {"source": "parameter x", "strength": "platform-default", "value": 12000}},
		"message": "iops is 12000 by a proof that tier gold does not accept: platform-default (parameter x)",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_an_observed_value_stands_against_an_attestation if {
	rows := [object.union(_row, {
		"properties": {
			"performance.iops": {"value": 3000, "strength": "observed", "source": "parameter x"},
			"performance.iops_per_gib": {"value": null, "strength": "unknown", "source": "opaque"},
			"performance.throughput_mibps": {"value": 600, "strength": "observed", "source": "parameter x"},
			"performance.media": {"value": "ssd", "strength": "observed", "source": "parameter x"},
			"performance.latency_ms": {"value": null, "strength": "unknown", "source": "opaque"},
		},
	})]
	rules := object.union(_rules, {
		"attestations": [
			{
				"class": "gold",
				"property": "performance.iops",
				"value": 20000,
				"evidence": "test report 7",
				"owner": "storage-team",
				"expires": "2027-01-01",
			},
		],
	})
	_violations(rows, rules) == {{
		"evidence": {"performance.iops": {"source": "parameter x", "strength": "observed", "value": 3000}},
		"message": "iops is 3000, and tier gold asks for 10000 (parameter x)",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_operations_by_the_gib_depend_on_the_smallest_claim if {
	rows := [object.union(_row, {
		"properties": {
			"performance.iops": {"value": null, "strength": "unknown", "source": "opaque"},
			"performance.iops_per_gib": {"value": 50, "strength": "observed", "source": "parameter x"},
			"performance.throughput_mibps": {"value": 600, "strength": "observed", "source": "parameter x"},
			"performance.media": {"value": "ssd", "strength": "observed", "source": "parameter x"},
			"performance.latency_ms": {"value": null, "strength": "unknown", "source": "opaque"},
		},
	})]
	rules := _rules
	_violations(rows, rules) == {{
		"evidence": {"performance.iops": {"source": "parameter x, for 100 GiB", "strength": "observed", "value": 5000}},
		"message": "iops is 5000, and tier gold asks for 10000 (parameter x, for 100 GiB)",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_they_suffice_for_large_ones if {
	rows := [object.union(_row, {
		"properties": {
			"performance.iops": {"value": null, "strength": "unknown", "source": "opaque"},
			"performance.iops_per_gib": {"value": 150, "strength": "observed", "source": "parameter x"},
			"performance.throughput_mibps": {"value": 600, "strength": "observed", "source": "parameter x"},
			"performance.media": {"value": "ssd", "strength": "observed", "source": "parameter x"},
			"performance.latency_ms": {"value": null, "strength": "unknown", "source": "opaque"},
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_the_larger_of_both_counts if {
	rows := [object.union(_row, {
		"properties": {
			"performance.iops": {"value": 12000, "strength": "observed", "source": "parameter x"},
			"performance.iops_per_gib": {"value": 10, "strength": "observed", "source": "parameter x"},
			"performance.throughput_mibps": {"value": 600, "strength": "observed", "source": "parameter x"},
			"performance.media": {"value": "ssd", "strength": "observed", "source": "parameter x"},
			"performance.latency_ms": {"value": null, "strength": "unknown", "source": "opaque"},
		},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_without_a_size_they_are_unknown if {
	rows := [object.union(_row, {
		"properties": {
			"performance.iops": {"value": null, "strength": "unknown", "source": "opaque"},
			"performance.iops_per_gib": {"value": 150, "strength": "observed", "source": "parameter x"},
			"performance.throughput_mibps": {"value": 600, "strength": "observed", "source": "parameter x"},
			"performance.media": {"value": "ssd", "strength": "observed", "source": "parameter x"},
			"performance.latency_ms": {"value": null, "strength": "unknown", "source": "opaque"},
		},
		"used": {"smallest_gib": null},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == {{
		"evidence": {
			"performance.iops": {
				"source": "it depends on the size, and no claim has one yet (parameter x)",
				"strength": "unknown",
				"value": null,
			},
		},
		"message": "iops cannot be proven, and tier gold asks for 10000: it depends on the size, and no claim has one yet (parameter x)",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_a_fixed_number_needs_no_size if {
	rows := [object.union(_row, {
		"properties": {
			"performance.iops": {"value": 12000, "strength": "observed", "source": "parameter x"},
			"performance.iops_per_gib": {"value": 150, "strength": "observed", "source": "parameter x"},
			"performance.throughput_mibps": {"value": 600, "strength": "observed", "source": "parameter x"},
			"performance.media": {"value": "ssd", "strength": "observed", "source": "parameter x"},
			"performance.latency_ms": {"value": null, "strength": "unknown", "source": "opaque"},
		},
		"used": {"smallest_gib": null},
	})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_the_tier_may_name_a_size if {
	rows := [object.union(_row, {
		"properties": {
			"performance.iops": {"value": null, "strength": "unknown", "source": "opaque"},
			"performance.iops_per_gib": {"value": 150, "strength": "observed", "source": "parameter x"},
			"performance.throughput_mibps": {"value": 600, "strength": "observed", "source": "parameter x"},
			"performance.media": {"value": "ssd", "strength": "observed", "source": "parameter x"},
			"performance.latency_ms": {"value": null, "strength": "unknown", "source": "opaque"},
		},
		"used": {"smallest_gib": null},
	})]
	rules := object.union(_rules, {"tiers": {"gold": {"performance": {"min_size_gib": 10}}}})
	_violations(rows, rules) == {{
		"evidence": {"performance.iops": {"source": "parameter x, for 10 GiB", "strength": "observed", "value": 1500}},
		"message": "iops is 1500, and tier gold asks for 10000 (parameter x, for 10 GiB)",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_a_demand_by_the_gib_grows_with_the_size if {
	rows := [_row]
	rules := object.union(_rules, {"tiers": {"gold": {"performance": {"per_gib_iops": 200}}}})
	_violations(rows, rules) == {{
		"evidence": {"performance.iops": {"source": "parameter x", "strength": "observed", "value": 12000}},
		"message": "iops is 12000, and tier gold asks for 200 a GiB (parameter x)",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_a_demand_by_the_gib_without_a_size if {
	rows := [object.union(_row, {"used": {"smallest_gib": null}})]
	rules := object.union(_rules, {"tiers": {"gold": {"performance": {"per_gib_iops": 200}}}})
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_latency_is_attested if {
	rows := [_row]
	rules := object.union(_rules, {
		"tiers": {"gold": {"performance": {"max_latency_ms": 2}}},
		"attestations": [
			{
				"class": "gold",
				"property": "performance.latency_ms",
				"value": 5,
				"evidence": "test report 7",
				"owner": "storage-team",
				"expires": "2027-01-01",
			},
		],
	})
	_violations(rows, rules) == {{
		"evidence": {
			"performance.latency_ms": {"source": "attested by storage-team until 2027-01-01: test report 7", "strength": "attested", "value": 5},
		},
		"message": "latency in ms is 5, and tier gold asks for 2 (attested by storage-team until 2027-01-01: test report 7)",
		"path": "parameters",
		"ref": {"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""},
	}}
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == {{"group": "storage.k8s.io", "kind": "StorageClass", "name": "gold", "namespace": ""}}
}

test_other_classes_are_no_subjects if {
	rows := [object.union(_row, {"name": "other"})]
	rules := _rules
	_violations(rows, rules) == set()
	_unknowns(rows, rules) == set()
	_subjects(rows, rules) == set()
}
