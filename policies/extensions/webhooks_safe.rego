# METADATA
# title: Admission webhooks work, and stop neither themselves nor the cluster
# description: >-
#   A webhook that fails closed and cannot be reached refuses every write it is asked about; one that
#   has to admit its own pods never comes back after an outage; one that fails open guards nothing
#   while it is down.
# custom:
#   id: EXT-009
#   severity: high
#   claim: presence
#   requires:
#     - admissionregistration.k8s.io/MutatingWebhookConfiguration
#     - admissionregistration.k8s.io/ValidatingWebhookConfiguration
#     - core/Service
#     - core/Namespace
#   optional: [discovery.k8s.io/EndpointSlice, apps/Deployment, apps/DaemonSet, apps/StatefulSet]
#   rows: webhooks
#   rules: extensions
#   controls: {cis-1.11: ["5.1.12"], nsa-1.2: [pod-security-enforcement], nist-800-53: [SC-24, SI-17], pci-4.0: ["10.7.2"], iso-27001: [A.8.9, A.8.14], attack: [T1562.001], mlps-3: [8.1.4.9c]}
#   remediation: >-
#     Bring back the Service and its pods or remove the configuration; leave the webhook's own
#     namespace and kube-system out with a namespaceSelector; let cert-manager or the operator write
#     the CA bundle.
package sextant.extensions.webhooks_safe

import data.sextant.lib.names
import data.sextant.lib.storage

violation contains {"ref": row.ref, "message": message, "path": _path(hook)} if {
	some row in input.rows
	some hook in row.hooks
	hook.failure_policy == "Ignore"
	names.matches(_rules.security_names, hook.name)
	message := sprintf("%s fails open: what it cannot judge is admitted", [hook.name])
}

# What is wrong with several hooks of one configuration is told once.
violation contains {"ref": row.ref, "message": message, "path": sprintf("%s (%s)", [key, policy]), "severity": _severity(policy), "evidence": hooks} if {
	some row in input.rows
	some told in _told(row)
	[key, fault, policy] := told
	hooks := sort([hook.name | some hook in row.hooks; hook.failure_policy == policy; _faults(hook)[key] == fault])
	message := sprintf("%s: %s; %s", [names.listed(hooks), fault, _effect(policy)])
}

violation contains {"ref": row.ref, "message": message, "path": _path(hook), "severity": "medium"} if {
	some row in input.rows
	some hook in row.hooks
	hook.failure_policy == "Fail"
	hook.ready > 0
	hook.ready < _rules.min_ready
	message := sprintf("%s fails closed with %s, at least %d required", [hook.name, names.counted(hook.ready, "ready endpoint"), _rules.min_ready])
}

violation contains {"ref": row.ref, "message": message, "path": _path(hook), "severity": "medium"} if {
	some row in input.rows
	some hook in row.hooks
	hook.timeout > _rules.max_timeout
	message := sprintf("%s may hold up a request for %d seconds, at most %d allowed", [hook.name, hook.timeout, _rules.max_timeout])
}

# A condition in CEL may leave out what the selectors do not.
violation contains {"ref": row.ref, "message": message, "path": _path(hook)} if {
	some row in input.rows
	some hook in row.hooks
	hook.failure_policy == "Fail"
	hook.guards_itself
	not hook.narrowed
	message := sprintf("%s has to admit the pods that answer it: once they are all gone, none can start", [hook.name])
}

violation contains {"ref": row.ref, "message": message, "path": _path(hook), "evidence": {"system_namespaces": hook.system_namespaces, "vital": hook.vital}} if {
	some row in input.rows
	some hook in row.hooks
	hook.failure_policy == "Fail"
	hook.everything
	not hook.narrowed
	reach := _reach(hook)
	count(reach) > 0
	message := sprintf("%s is asked about everything, %s among it, and fails closed", [hook.name, names.listed(reach)])
}

violation contains {"ref": row.ref, "message": message, "path": _path(hook), "severity": "medium"} if {
	some row in input.rows
	some hook in row.hooks
	hook.url != ""
	not names.matches(_rules.allowed_urls, hook.url)
	message := sprintf("%s is asked at %s, which is not approved", [hook.name, hook.url])
}

unknown contains {"ref": row.ref, "message": message, "path": _path(hook)} if {
	some row in input.rows
	some hook in row.hooks
	hook.service_exists == "yes"
	not is_number(hook.ready)
	message := sprintf("whether anything is ready behind Service %s was not read", [hook.service])
}

unknown contains {"ref": row.ref, "message": message, "path": _path(hook)} if {
	some row in input.rows
	some hook in row.hooks
	hook.ca == "unknown"
	message := sprintf("the source has no clock to hold the CA bundle of %s against", [hook.name])
}

subject contains row.ref if {
	some row in input.rows
	count(row.hooks) > 0
}

_rules := data.sx.rules.extensions.webhooks

_path(hook) := sprintf("webhooks[name=%s]", [hook.name])

_told(row) := {[key, fault, hook.failure_policy] | some hook in row.hooks; some key, fault in _faults(hook)}

# Why nobody answers a hook, or why the API server does not trust who does.
_faults(hook) := object.union(_unanswered(hook), _untrusted(hook))

_unanswered(hook) := {"service": sprintf("Service %s does not exist", [hook.service])} if {
	hook.service != ""
	hook.service_exists == "no"
}

_unanswered(hook) := {"service": sprintf("nothing is ready behind Service %s", [hook.service])} if {
	hook.service_exists == "yes"
	hook.ready == 0
}

_unanswered(hook) := {} if not _is_unanswered(hook)

_is_unanswered(hook) if {
	hook.service != ""
	hook.service_exists == "no"
}

_is_unanswered(hook) if {
	hook.service_exists == "yes"
	hook.ready == 0
}

_untrusted(hook) := {"caBundle": "every certificate in the CA bundle has expired"} if hook.ca == "expired"

_untrusted(hook) := {"caBundle": "the CA bundle holds no certificate"} if hook.ca == "unreadable"

_untrusted(hook) := {"caBundle": sprintf("no CA bundle%s", [_injected(hook)])} if _is_bare(hook)

_untrusted(hook) := {} if {
	not hook.ca in {"expired", "unreadable"}
	not _is_bare(hook)
}

# At a URL, public authorities may vouch.
_is_bare(hook) if {
	hook.ca == "empty"
	hook.service != ""
	not _fresh(hook)
}

# What fails closed stops writes, what fails open guards nothing.
_severity(policy) := "high" if policy == "Fail"

_severity(policy) := "medium" if policy != "Fail"

_effect(policy) := "requests are refused" if policy == "Fail"

_effect(policy) := "requests pass by" if policy != "Fail"

_reach(hook) := array.concat(
	[sprintf("namespace %s", [namespace]) | some namespace in hook.system_namespaces],
	hook.vital,
)

# An injector needs a moment.
_fresh(hook) if {
	hook.injected_by != ""
	is_number(hook.age)
	hook.age <= storage.seconds(_rules.injection_grace)
}

_injected(hook) := sprintf(", which %s is to write", [hook.injected_by]) if hook.injected_by != ""

_injected(hook) := "" if hook.injected_by == ""
