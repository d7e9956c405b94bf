package sextant.extensions.configuration_kept_test

import data.sextant.extensions.configuration_kept as policy

_base := {
	"ref": {"group": "", "kind": "Extension", "namespace": "", "name": "x"}, "id": "x", "name": "X", "state": "installed", "level": 2, "may_be": 2,
	"schedules": [], "cron_jobs": [],
}

_row(more) := object.union(object.remove(_base, object.keys(more)), more)

_norm := {"required": true, "etcd_jobs": ["kube-system/etcd-*"], "exempt": ["free"]}

_fails(row) := {f.message | some f in found} if {
	norm := _norm
	found := policy.violation with input as {"rows": [row]} with data.sx.rules.extensions.backup as norm
}

_schedule(leaves_out, idle) := {"schedule": "velero/daily", "leaves_out": leaves_out, "idle": idle}

test_kept if {
	_fails(_row({"level": 4, "may_be": 4})) == set()
	_fails(_row({"cron_jobs": ["kube-system/etcd-backup"]})) == set()
	_fails(_row({"schedules": [_schedule([], "")]})) == set()
}

test_not_kept if {
	_fails(_row({})) == {"X is neither in a repository nor in a backup"}
	_fails(_row({"schedules": [_schedule(["resource secrets"], "")]})) == {"X is neither in a repository nor in a backup: velero/daily leaves out resource secrets"}
	_fails(_row({"schedules": [_schedule([], "it is paused")]})) == {"X is neither in a repository nor in a backup: of velero/daily, it is paused"}
}

test_not_known if {
	norm := _norm
	row := _row({"level": null, "may_be": 4})
	found := policy.unknown with input as {"rows": [row]} with data.sx.rules.extensions.backup as norm
	{f.message | some f in found} == {"no backup takes X, and whether a repository has it is not known"}
	_fails(row) == set()
}

test_who_is_judged if {
	norm := _norm
	rows := [_row({}), _row({"ref": {"name": "free"}, "id": "free"}), _row({"ref": {"name": "theirs"}, "state": "managed"})]
	subjects := policy.subject with input as {"rows": rows} with data.sx.rules.extensions.backup as norm
	{ref.name | some ref in subjects} == {"x"}
	nobody := policy.subject with input as {"rows": rows} with data.sx.rules.extensions.backup as object.union(norm, {"required": false})
	nobody == set()
}
