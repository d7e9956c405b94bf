# METADATA
# title: Old TLS versions and weak ciphers are not offered
# description: >-
#   TLS 1.0 and 1.1 are broken and forbidden by PCI and banking regulators; a client that offers
#   them can be forced down to them.
# custom:
#   id: ING-011
#   severity: high
#   claim: presence
#   requires: [apps/Deployment, apps/DaemonSet]
#   optional:
#     - core/ConfigMap
#     - networking.k8s.io/Ingress
#     - projectcontour.io/HTTPProxy
#     - projectcontour.io/ContourConfiguration
#     - traefik.io/TLSOption
#     - traefik.containo.us/TLSOption
#     - networking.istio.io/Gateway
#     - gateway.envoyproxy.io/ClientTrafficPolicy
#     - operator.openshift.io/IngressController
#     - networking.gke.io/FrontendConfig
#   rows: tls_settings
#   rules: ingress
#   controls: {nsa-1.2: [encryption], nist-800-53: [SC-8(1), SC-13], pci-4.0: ["4.2.1", "2.2.7", "12.3.3"], iso-27001: [A.8.24], mlps-3: [8.1.2.2b]}
#   remediation: >-
#     Set the least version once for the whole controller (ssl-protocols, minimumProtocolVersion,
#     TLSOption default …) and drop overrides below it.
package sextant.ingress.tls_versions

import data.sextant.lib.ingress as lib


violation contains {"ref": row.ref, "message": message, "path": row.path, "evidence": {"versions": row.versions}} if {
	some row in input.rows
	old := [version | some version in row.versions; _order[version] < _order[_rules.min_version]]
	count(old) > 0
	message := sprintf("TLS %s is offered: %s", [concat(", ", old), row.source])
}

violation contains {"ref": row.ref, "message": message, "path": row.path, "evidence": {"ciphers": weak}} if {
	some row in input.rows
	weak := [cipher | some cipher in row.ciphers; not _excluded(cipher); lib.matches(_rules.cipher_denylist, cipher)]
	count(weak) > 0
	message := sprintf("ciphers that the rules forbid are offered: %s", [concat(", ", weak)])
}

violation contains {"ref": row.ref, "message": "more than one TLSOption is named default, so that none counts", "path": row.path, "severity": "medium"} if {
	some row in input.rows
	row.ambiguous
}

unknown contains {"ref": row.ref, "message": message, "path": row.path} if {
	some row in input.rows
	row.known == "unknown"
	message := sprintf("which TLS versions are offered is not known: %s", [row.source])
}

_rules := data.sx.rules.ingress.tls

_order := {"ssl3": 0, "1.0": 1, "1.1": 2, "1.2": 3, "1.3": 4}

# In the notation of OpenSSL these leave a cipher out.
_excluded(cipher) if startswith(cipher, "!")

_excluded(cipher) if startswith(cipher, "-")
