# Who is who in rules about registries, and which rule is meant.
package sextant.lib.registry

# The rule that governs a row's repository; undefined: none. Rows tell its place.
rule_of(row) := _repositories[row.rule]

# Read once: a reference below data costs far more than one of this module.
_repositories := data.sx.rules.registry.repositories

_kinds := {"users": "user", "groups": "group", "robots": "robot", "service_accounts": "service-account", "replications": "replication"}

# Every identity behind some aliases, as kind:name.
identities(principals, aliases) := {identity |
	some alias in aliases
	some key, kind in _kinds
	some name in object.get(object.get(principals, alias, {}), key, [])
	identity := sprintf("%s:%s", [kind, name])
} | {identity |
	some alias in aliases
	identity := sprintf("%s:*", [principals[alias].everybody])
}

# One principal as kind:name.
identity(principal) := sprintf("%s:%s", [principal.kind, principal.name])

# How a principal is called in a sentence.
told(principal) := "anybody, without logging in" if principal.kind == "anonymous"

told(principal) := "everybody who logs in" if principal.kind == "authenticated"

told(principal) := sprintf("%s %s", [principal.kind, principal.name]) if not principal.kind in {"anonymous", "authenticated"}

# Whether ages can be told: a source without a clock that can be read proves none.
dated(snapshot) if is_number(time.parse_rfc3339_ns(object.get(snapshot, "time", "")))

# What changes what others pull.
writes(grant) := [action | some action in grant.actions; action in {"push", "overwrite", "delete", "admin"}]

# People: users and groups that no alias says to be a machine.
person(principal, machines, expression) if {
	principal.kind in {"user", "group"}
	not identity(principal) in machines
	regex.match(expression, principal.name)
}

# Aliases of machines.
machines(principals) := identities(principals, [alias | some alias, of in principals; object.get(of, "human", true) == false])

# Where permissions are given on projects, and all of them were read, a rule's path in none of them
# is nowhere: nothing can be pushed there before somebody makes a project.
nowhere(row) if {
	row.probe == "rule"
	row.scope == null
	row.granularity == "project"
	not row.lacks.scopes
}

# What an image in use is called: by its digest, or by its tag where nobody tells the digest.
called(image) := image.digest if image.digest != ""

called(image) := image.tag if image.digest == ""

# Whether something was read of a row's scope.
known(row, key) if {
	row.scope != null
	object.get(row.scope, key, null) != null
}
