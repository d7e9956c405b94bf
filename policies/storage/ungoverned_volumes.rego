# METADATA
# title: No claim or volume escapes the classes
# description: >-
#   Volumes made by hand, claims without a class and claims of a class that is gone are outside of
#   every promise. A claim whose class is null takes the default; one whose class is empty takes
#   no class at all.
# custom:
#   id: STO-017
#   severity: high
#   claim: absence
#   requires: [core/PersistentVolumeClaim, core/PersistentVolume, storage.k8s.io/StorageClass]
#   optional: [apps/StatefulSet, core/Pod]
#   rows: storage_items
#   rules: storage
#   controls: {nist-800-53: ["CM-7", "CM-8"], pci-4.0: ["12.5.1"], iso-27001: ["A.5.9"], mlps-3: ["8.1.10.2"]}
#   remediation: >-
#     Move the data to a governed class, or allow the static volume by name.
package sextant.storage.ungoverned_volumes

import data.sextant.lib.storage as lib

violation contains {"ref": row.ref, "message": message, "path": path} if {
	some row in input.rows
	row.claim != null
	some fault in _claim_faults(row.claim)
	message := concat("", [_which(row.claim), fault])
	path := _path(row.claim)
}

violation contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	_is_static(row.volume)
	not _allowed(row.volume)
	message := sprintf("made by hand (%s), outside of every class", [row.volume.source])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	row.claim != null
	row.claim.class_exists == "unknown"
	row.claim.written == "named"
	message := sprintf("%swhether class %s exists is not known", [_which(row.claim), row.claim.class])
}

subject contains row.ref if {
	some row in input.rows
	row.claim != null
}

subject contains row.ref if {
	some row in input.rows
	row.volume != null
}

_rules := data.sx.rules.storage

_claim_faults(claim) := {fault |
	claim.written == "named"
	claim.class_exists == "no"
	# A bound claim of a class by name alone is how static volumes are matched.
	not _matched_by_name(claim)
	fault := sprintf("names storage class %s, which does not exist", [claim.class])
} | {fault |
	claim.written == "null"
	claim.volume == ""
	claim.default_classes == 0
	fault := "names no storage class, and none is the default: it waits for ever"
} | {fault |
	claim.written == "empty"
	claim.volume == ""
	fault := "asks for no storage class (\"\"), so for a volume made by hand, and has none"
} | {fault |
	claim.written == "empty"
	claim.volume != ""
	claim.volume_static
	not _allowed_name(claim.volume)
	not claim.volume_source in {s | some s in _rules.static_pv.allow_sources}
	fault := sprintf("asks for no storage class (\"\") and is bound to %s, made by hand", [claim.volume])
} | {fault |
	claim.written == "null"
	claim.volume != ""
	claim.volume_static
	not _allowed_name(claim.volume)
	not claim.volume_source in {s | some s in _rules.static_pv.allow_sources}
	fault := sprintf("has no storage class and is bound to %s, made by hand", [claim.volume])
} | {fault |
	count(_rules.tiers) > 0
	claim.class_exists == "yes"
	count(lib.tiers(_rules, claim.class, claim.class_labels)) == 0
	not _unmanaged(claim.class)
	fault := sprintf("is of storage class %s, which no tier names", [claim.class])
}

_matched_by_name(claim) if {
	claim.volume_static
	claim.volume_exists == "yes"
	_allowed_name(claim.volume)
}

# Nobody provisioned it: no annotation names who, and it is no volume of a driver.
_is_static(volume) if {
	volume.static
	volume.source != "csi"
}

_is_static(volume) if {
	volume.static
	volume.source == "csi"
	volume.class == ""
}

# Nobody provisioned it, and no claim ever took it: a driver leaves its name.
_is_static(volume) if {
	volume.static
	volume.source == "csi"
	volume.class != ""
	volume.phase == "Available"
}

_allowed(volume) if _allowed_name(volume.name)

_allowed(volume) if volume.source in {source | some source in _rules.static_pv.allow_sources}

_allowed_name(name) if {
	some pattern in _rules.static_pv.allow
	glob.match(pattern, null, name)
}

_unmanaged(class) if {
	some pattern in _rules.unmanaged_allowed
	glob.match(pattern, null, class)
}

_which(claim) := "" if claim.source == "claim"

_which(claim) := sprintf("the template %s ", [claim.name]) if claim.source == "template"

_which(claim) := sprintf("the ephemeral volume %s ", [claim.name]) if claim.source == "ephemeral"

_path(claim) := "spec.storageClassName" if claim.source == "claim"

_path(claim) := sprintf("spec.volumeClaimTemplates[name=%s].spec.storageClassName", [claim.name]) if claim.source == "template"

_path(claim) := sprintf("spec.volumes[name=%s].ephemeral", [claim.name]) if claim.source == "ephemeral"
