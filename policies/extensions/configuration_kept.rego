# METADATA
# title: The configuration of extensions can be brought back
# description: >-
#   A platform is rebuilt from its repository, or from a backup that takes everything a system is made
#   of: its resources, their definitions, its Secrets and roles. A backup of volumes brings none of it.
# custom:
#   id: EXT-021
#   severity: medium
#   claim: absence
#   requires: [apps/DaemonSet, apps/Deployment, apps/StatefulSet, core/Pod, core/Namespace, batch/CronJob, apiextensions.k8s.io/CustomResourceDefinition]
#   optional: [velero.io/Schedule, argoproj.io/Application, kustomize.toolkit.fluxcd.io/Kustomization, helm.toolkit.fluxcd.io/HelmRelease, operators.coreos.com/ClusterServiceVersion, fleet.cattle.io/Bundle, configsync.gke.io/RootSync, configsync.gke.io/RepoSync]
#   rows: extension_backups
#   rules: extensions
#   controls: {nist-800-53: ["CP-9", "CM-2"], iso-27001: ["A.8.13"], mlps-3: ["8.1.4.9a", "8.1.10.11"]}
#   remediation: >-
#     Keep the system in the platform's repository, or let a schedule take its namespaces with the
#     resources beside them; name the CronJobs that save etcd under backup.etcd_jobs.
package sextant.extensions.configuration_kept

import data.sextant.lib.names

violation contains {"ref": row.ref, "message": message, "evidence": row.schedules} if {
	some row in input.rows
	_judged(row)
	not _kept(row)
	row.may_be < 4
	message := sprintf("%s is neither in a repository nor in a backup%s", [row.name, _almost(row)])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_judged(row)
	not _kept(row)
	row.may_be >= 4
	message := sprintf("no backup takes %s, and whether a repository has it is not known", [row.name])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_rules := data.sx.rules.extensions.backup

_judged(row) if {
	_rules.required
	row.state in {"installed", "operator-only", "data-plane-only"}
	not row.id in _rules.exempt
}

_kept(row) if {
	is_number(row.level)
	row.level >= 4
}

_kept(row) if {
	some job in row.cron_jobs
	names.matches(_rules.etcd_jobs, job)
}

_kept(row) if {
	some schedule in row.schedules
	schedule.idle == ""
	count(schedule.leaves_out) == 0
}

# The schedule that comes closest.
_almost(row) := "" if count(row.schedules) == 0

_almost(row) := sprintf(": %s", [concat("; ", sort([_lacks(schedule) | some schedule in row.schedules]))]) if count(row.schedules) > 0

_lacks(schedule) := sprintf("of %s, %s", [schedule.schedule, schedule.idle]) if schedule.idle != ""

_lacks(schedule) := sprintf("%s leaves out %s", [schedule.schedule, names.listed(schedule.leaves_out)]) if schedule.idle == ""
