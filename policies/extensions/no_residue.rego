# METADATA
# title: CRDs have a controller, and versions and conversions that work
# description: >-
#   A CRD that outlived its controller still takes objects, and nobody obeys them: a network policy
#   or a certificate request is accepted and changes nothing. A version that is stored and not served,
#   or a conversion whose Service is gone, breaks reading the objects that are there.
# custom:
#   id: EXT-011
#   severity: low
#   claim: absence
#   requires: [apps/DaemonSet, apps/Deployment, apps/StatefulSet, core/Pod, core/Service, apiextensions.k8s.io/CustomResourceDefinition]
#   optional:
#     - cert-manager.io/Certificate
#     - cilium.io/CiliumClusterwideNetworkPolicy
#     - cilium.io/CiliumNetworkPolicy
#     - crd.antrea.io/ClusterNetworkPolicy
#     - crd.antrea.io/NetworkPolicy
#     - crd.projectcalico.org/GlobalNetworkPolicy
#     - crd.projectcalico.org/NetworkPolicy
#     - kyverno.io/ClusterPolicy
#     - kyverno.io/Policy
#     - policies.kyverno.io/ImageValidatingPolicy
#     - policies.kyverno.io/ValidatingPolicy
#     - policy.networking.k8s.io/AdminNetworkPolicy
#     - policy.networking.k8s.io/BaselineAdminNetworkPolicy
#     - policy.networking.k8s.io/ClusterNetworkPolicy
#     - policy.sigstore.dev/ClusterImagePolicy
#     - security.istio.io/AuthorizationPolicy
#     - security.istio.io/PeerAuthentication
#   rows: api_groups
#   rules: extensions
#   controls: {nist-800-53: ["CM-7", "CM-8"], iso-27001: ["A.8.9"], mlps-3: ["8.1.10.8"]}
#   remediation: >-
#     Remove the CRDs with their objects, or install the controller again. Migrate stored objects to
#     a served version and take the old one out of status.storedVersions.
package sextant.extensions.no_residue

import data.sextant.lib.names

# What nobody answers, told once a group.
violation contains {"ref": row.ref, "message": message, "evidence": _names(left)} if {
	some row in input.rows
	not _ignored(row)
	left := [crd | some crd in row.crds; crd.runs == "no"]
	count(left) > 0
	message := sprintf("%s of %s, and no controller that answers%s", [names.counted(count(left), "CRD"), concat(" or ", _systems(left)), _objects(left)])
}

violation contains {"ref": row.ref, "message": message, "path": crd.name, "severity": "high", "evidence": {"objects": crd.objects}} if {
	some row in input.rows
	not _ignored(row)
	some crd in row.crds
	crd.runs == "no"
	crd.objects > 0
	names.matches(_rules.obeyed, crd.kind)
	message := sprintf("%s of %s, and nobody obeys them", [names.counted(crd.objects, "object"), crd.kind])
}

# One thing that is wrong with several CRDs of a group is told once.
violation contains {"ref": row.ref, "message": message, "path": sprintf("stored %s", [version]), "evidence": crds} if {
	some row in input.rows
	some version in {stored | some crd in row.crds; some stored in crd.stored_unserved}
	crds := [crd.name | some crd in row.crds; version in crd.stored_unserved]
	message := sprintf("objects of %s may be stored in version %s, which is not served", [names.listed(crds), version])
}

violation contains {"ref": row.ref, "message": message, "path": sprintf("stored %s", [version]), "evidence": crds} if {
	some row in input.rows
	some version in {stored | some crd in row.crds; some stored in crd.stored_deprecated}
	crds := [crd.name | some crd in row.crds; version in crd.stored_deprecated]
	message := sprintf("objects of %s may be stored in version %s, which is deprecated", [names.listed(crds), version])
}

violation contains {"ref": row.ref, "message": message, "path": sprintf("converted by %s", [service]), "severity": "medium", "evidence": crds} if {
	some row in input.rows
	some service in {crd.converter | some crd in row.crds; _is_unconverted(crd)}
	crds := [crd.name | some crd in row.crds; _is_unconverted(crd); crd.converter == service]
	message := sprintf("versions of %s are converted by Service %s, which does not exist", [names.listed(crds), service])
}

violation contains {"ref": row.ref, "message": message, "path": crd.name, "severity": "medium"} if {
	some row in input.rows
	some crd in row.crds
	crd.refused != ""
	message := sprintf("%s is not served: %s", [crd.name, crd.refused])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	not _ignored(row)
	_rules.unattributed == "unknown"
	open := [crd | some crd in row.crds; crd.runs == "unknown"]
	count(open) > 0
	message := sprintf("nobody knows which controller answers %s", [names.listed([crd.name | some crd in open])])
}

subject contains row.ref if {
	some row in input.rows
	_judged(row)
}

_rules := data.sx.rules.extensions.crds

_judged(row) if row.runs != "unknown"

_judged(_) if _rules.unattributed == "unknown"

_is_unconverted(crd) if {
	crd.converter != ""
	crd.converter_exists == "no"
}

_ignored(row) if names.matches(_rules.ignore, row.ref.name)

_systems(crds) := sort({system.id | some crd in crds; some system in crd.systems})

_names(crds) := [crd.name | some crd in crds]

_objects(crds) := sprintf("; %s left", [names.counted(_number(crds), "object")]) if _number(crds) > 0

_objects(crds) := "" if _number(crds) == 0

_number(crds) := sum([crd.objects | some crd in crds; is_number(crd.objects)])
