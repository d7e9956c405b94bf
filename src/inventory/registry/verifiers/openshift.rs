//! OpenShift: (Cluster)ImagePolicies, which the nodes themselves hold images against.

use super::{Authority, Verifier};
use crate::inventory::registry::admission::{Runs, World, first, text, texts};

pub(super) fn of(world: &World<'_, '_>) -> Vec<Verifier> {
    let mut rows = Vec::new();
    for kind in ["ClusterImagePolicy", "ImagePolicy"] {
        for (r#ref, value) in world.each("config.openshift.io", kind) {
            let root = "/spec/policy/rootOfTrust";
            let authority = Authority {
                key: first(
                    &value,
                    &["/spec/policy/rootOfTrust/publicKey/keyData", "/spec/policy/rootOfTrust/pki/caRootsData"],
                ),
                issuer: text(&value, &format!("{root}/fulcioCAWithRekor/fulcioSubject/oidcIssuer")),
                subject: first(
                    &value,
                    &[
                        "/spec/policy/rootOfTrust/fulcioCAWithRekor/fulcioSubject/signedEmail",
                        "/spec/policy/rootOfTrust/pki/pkiCertificateSubject/email",
                    ],
                ),
                ..Authority::default()
            };
            // A scope is a registry or a path of it, with everything below.
            let images = texts(&value, "/spec/scopes").into_iter().flat_map(|scope| [format!("{scope}/**"), scope]);
            let namespaces = (!r#ref.namespace.is_empty()).then(|| vec![r#ref.namespace.clone()]);
            rows.push(Verifier {
                images: images.collect(),
                namespaces,
                authorities: vec![authority],
                ..Verifier::new(r#ref, &Runs::known(true))
            });
        }
    }
    rows
}
