# METADATA
# title: Volumes are what their class says
# description: >-
#   Parameters hold for volumes made after the class. A class that was made anew with encryption
#   does not encrypt what is older, and a volume restored from elsewhere keeps only the name.
# custom:
#   id: STO-025
#   severity: high
#   claim: presence
#   requires: [core/PersistentVolume, storage.k8s.io/StorageClass]
#   rows: volumes
#   rules: storage
#   controls: {nist-800-53: ["CM-3", "SC-28"], pci-4.0: ["3.5.1"], iso-27001: ["A.8.9", "A.8.32"], mlps-3: ["8.1.4.8b", "8.1.10.8"]}
#   remediation: >-
#     Copy the data into a volume of the new class, by snapshot or clone.
package sextant.storage.volume_drift

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message, "path": "spec.csi.volumeAttributes", "evidence": {"drift": drift}} if {
	some row in input.rows
	_in_scope(row)
	drift := _drift(row)
	count(drift) > 0
	message := sprintf("differs from class %s: %s%s", [row.class, concat(", ", [_say(d) | some d in drift]), _why(row)])
}

violation contains {"ref": row.ref, "message": message, "path": "spec.csi.driver"} if {
	some row in input.rows
	_in_scope(row)
	row.foreign_driver != ""
	message := sprintf("made by %s, and class %s is of %s", [row.driver, row.class, row.foreign_driver])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_in_scope(row)
	not row.has_attributes
	count(_watched(row)) > 0
	message := sprintf("it keeps no attributes, so nothing shows whether it is what class %s says%s", [row.class, _why(row)])
}

subject contains row.ref if {
	some row in input.rows
	_in_scope(row)
}

_rules := data.sx.rules.storage

_in_scope(row) if {
	row.source == "csi"
	row.class_exists == "yes"
}

# Parameters of the class whose change matters.
_watched(row) := {name |
	some name in row.class_parameters
	_matters(name)
}

_matters(name) if {
	some watched in _rules.drift_properties
	lower(watched) == lower(name)
}

# A parameter that the volume does not have proves nothing, unless the volume shows others.
_drift(row) := [d |
	row.has_attributes
	some d in row.drift
	_matters(d.parameter)
	_counts(row, d)
]

_counts(_, d) if d.volume != null

# Missing: in a volume older than its class it was never there, and beside a contradiction too.
_counts(row, d) if {
	d.volume == null
	row.older_than_class == "yes"
}

_counts(row, d) if {
	d.volume == null
	row.older_than_class != "yes"
	some other in row.drift
	other.volume != null
	_matters(other.parameter)
}

_say(d) := sprintf("%s is %s, not %s", [d.parameter, d.volume, d.class]) if d.volume != null

_say(d) := sprintf("%s=%s is missing", [d.parameter, d.class]) if d.volume == null

_why(row) := "; the class was made anew after it" if row.older_than_class == "yes"

_why(row) := "" if row.older_than_class != "yes"
