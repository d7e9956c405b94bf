# METADATA
# title: Secrets that classes name are there and out of reach
# description: >-
#   The Secrets of a driver hold keys to the whole storage system. They belong into a namespace of
#   the platform, never into the claim's own, and few may read them. Keys of one tenant are the
#   exception.
# custom:
#   id: STO-027
#   severity: high
#   claim: presence
#   requires: [storage.k8s.io/StorageClass]
#   optional: [rbac.authorization.k8s.io/ClusterRole, rbac.authorization.k8s.io/ClusterRoleBinding, rbac.authorization.k8s.io/Role, rbac.authorization.k8s.io/RoleBinding]
#   rows: storage_classes
#   rules: storage
#   controls: {cis-1.11: ["5.1.2"], nsa-1.2: ["secrets"], nist-800-53: ["AC-6", "IA-5"], pci-4.0: ["8.6.2"], iso-27001: ["A.8.2"], attack: ["T1552.007"], mlps-3: ["8.1.4.2d"]}
#   remediation: >-
#     Move the Secret into the storage system's namespace, and take the right to read it from
#     everybody else.
package sextant.storage.class_secrets

violation contains {"ref": row.ref, "message": message, "path": "parameters"} if {
	some row in input.rows
	missing := {name | some secret in row.secrets; secret.exists == "no"; name := sprintf("%s/%s", [secret.namespace, secret.name])}
	count(missing) > 0
	message := sprintf("names Secrets that do not exist: %s", [concat(", ", missing)])
}

violation contains {"ref": row.ref, "message": message, "path": "parameters"} if {
	some row in input.rows
	purposes := {secret.purpose | some secret in row.secrets; secret.per_tenant; not secret.purpose in _per_tenant}
	count(purposes) > 0
	message := sprintf("takes credentials of the storage system from the claim's own namespace: %s", [concat(", ", purposes)])
}

violation contains {"ref": row.ref, "message": message, "path": "parameters"} if {
	some row in input.rows
	places := {secret.namespace | some secret in row.secrets; _is_outside(secret)}
	count(places) > 0
	message := sprintf("takes credentials from namespaces that are not for them: %s", [concat(", ", places)])
}

violation contains {"ref": row.ref, "message": message, "evidence": {"readers": sort(readers)}} if {
	some row in input.rows
	readers := {reader | some secret in row.secrets; some reader in secret.readers; not _may_read(reader, secret)}
	count(readers) > 0
	message := sprintf("%d others may read the Secrets that it names, such as %s", [count(readers), _first(readers)])
}

unknown contains {"ref": row.ref, "message": message} if {
	some row in input.rows
	unread := {name | some secret in row.secrets; secret.exists == "unknown"; not _is_template(secret); name := sprintf("%s/%s", [secret.namespace, secret.name])}
	count(unread) > 0
	message := sprintf("whether these Secrets exist is not known: %s", [concat(", ", unread)])
}

subject contains row.ref if {
	some row in input.rows
	count(row.secrets) > 0
}

_rules := data.sx.rules.storage

_per_tenant := {purpose | some purpose in _rules.secret_namespaces.per_tenant}

_is_template(secret) if contains(secret.namespace, "${")

_is_template(secret) if contains(secret.name, "${")

_is_outside(secret) if {
	count(_rules.secret_namespaces.allow) > 0
	not _is_template(secret)
	not _allowed(secret.namespace)
}

_allowed(namespace) if {
	some pattern in _rules.secret_namespaces.allow
	glob.match(pattern, null, namespace)
}

_may_read(reader, secret) if {
	some pattern in _rules.secret_readers
	glob.match(replace(pattern, "{namespace}", secret.namespace), null, reader)
}

_first(readers) := [reader | some reader in readers][0]
