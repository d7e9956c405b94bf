# METADATA
# title: At most one IngressClass is the default, and it is the declared one
# description: >-
#   What an Ingress without a class gets when there are two defaults depends on the version of the
#   API server, so the same manifest is refused in one cluster and published by chance in another.
# related_resources:
#   - https://kubernetes.io/docs/concepts/services-networking/ingress/#default-ingress-class
# custom:
#   id: ING-003
#   severity: medium
#   claim: absence
#   requires: [networking.k8s.io/IngressClass]
#   rows: cluster
#   uses: [ingress_classes]
#   rules: ingress
#   controls: {nist-800-53: [CM-6], iso-27001: [A.8.9], mlps-3: [8.1.10.8]}
#   remediation: >-
#     Keep the annotation ingressclass.kubernetes.io/is-default-class on the one class that
#     rules/ingress.yaml declares, and drop it from the others.
package sextant.ingress.default_class

violation contains {"ref": row.ref, "message": message, "evidence": {"defaults": _defaults}} if {
	some row in input.rows
	count(_defaults) > 1
	message := sprintf(
		"%d IngressClasses are the default (%s): older servers refuse an Ingress without a class (\"%d default IngressClasses were found, only 1 allowed\"), newer ones silently take the newest",
		[count(_defaults), concat(", ", _defaults), count(_defaults)],
	)
}

violation contains {"ref": row.ref, "message": "no IngressClass is the default, and the rules ask for one"} if {
	some row in input.rows
	count(_defaults) == 0
	data.sx.rules.ingress.default == "one"
}

violation contains {"ref": row.ref, "message": message, "evidence": {"defaults": _defaults}} if {
	some row in input.rows
	count(_defaults) == 1
	wanted := data.sx.rules.ingress.default_name
	wanted != ""
	some name in _defaults
	name != wanted
	message := sprintf("the default IngressClass is %s, and the rules declare %s", [name, wanted])
}

# No class at all: which of them is the default is no question.
subject contains row.ref if {
	some row in input.rows
	count(data.sx.inventory.ingress_classes) + count(_asked) > 0
}

_asked := [word | some word in [data.sx.rules.ingress.default]; word == "one"]

_defaults := [class.ref.name | some class in data.sx.inventory.ingress_classes; class.is_default]
