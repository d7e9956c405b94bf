# METADATA
# title: No Secret holds a password that a vendor ships
# description: >-
#   The passwords of charts and images are the first ones that anybody tries, and most give the whole
#   system. Values are held against them in memory while Secrets are read; only the name of a default
#   that fits is kept.
# custom:
#   id: EXT-018
#   severity: critical
#   claim: presence
#   requires: [apps/Deployment]
#   optional: [apps/DaemonSet, apps/StatefulSet]
#   rows: credentials
#   rules: extensions
#   controls: {nsa-1.2: [authentication], nist-800-53: [IA-5], pci-4.0: ["2.2.2"], iso-27001: [A.5.17], attack: [T1078.001], mlps-3: [8.1.4.2b]}
#   remediation: >-
#     Set a password of your own in the system and in the Secret, better by an operator for secrets, and
#     delete the one of the first login. To look at Secrets, run with --secrets list.
package sextant.extensions.no_default_credentials

import data.sextant.lib.names

violation contains {"ref": row.ref, "message": message, "path": held, "evidence": row.systems} if {
	some row in input.rows
	some held in row.defaults
	message := sprintf("still holds a default that its vendor ships: %s", [held])
}

# The name says it, whether its values were read or not.
violation contains {"ref": row.ref, "message": "holds the password of the first login, which nobody deleted", "path": "initial", "severity": "medium", "evidence": row.systems} if {
	some row in input.rows
	_initial(row)
}

unknown contains {"ref": row.ref, "message": message, "path": "data"} if {
	some row in input.rows
	_rules.required
	not row.read
	message := _words[row.what]
}

subject contains row.ref if {
	some row in input.rows
	row.read
}

subject contains row.ref if {
	some row in input.rows
	_initial(row)
}

subject contains row.ref if {
	some row in input.rows
	_rules.required
}

_rules := data.sx.rules.extensions.credentials

_words := {"secret": "its values were not read", "system": "whether its Secrets hold a default was not read"}

_initial(row) if {
	row.what == "secret"
	names.matches(_rules.initial, row.ref.name)
}
